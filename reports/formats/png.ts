import { GlobalFonts } from "#canvas";
import { ChartJSNodeCanvas } from "#chartjs-node-canvas";
import { type Chart, type Figure, LIGHT, type Theme } from "../chart.ts";
import { charts } from "../charts/registry.ts";
import { FONT_BOLD, FONT_FAMILY, FONT_REGULAR } from "../png-font.ts";
import type { Report, ReportFile } from "../report.ts";
import { revive } from "../revive.ts";
import { summarise } from "../summary.ts";
import { wrap } from "../wrap.ts";

const WIDTH = 1120;
/** Characters of a title that fit it. */
const TITLE_WIDTH = 116;
const THEME: Theme = { ...LIGHT, font: `"${FONT_FAMILY}", sans-serif` };

export const report: Report = {
  name: "png",
  summary: "Every chart of every scenario and sweep as a picture: charts/SCENARIO-CHART.png.",
  render(run) {
    const { scenarios, sweeps } = summarise(run);
    const file = (name: string, chart: Chart, figure: Figure | null | undefined): readonly ReportFile[] =>
      figure ? [{ path: `charts/${name}-${chart.name}.png`, content: picture(figure) }] : [];
    return charts.flatMap((chart) => [
      ...scenarios.flatMap((scenario) => file(scenario.name, chart, chart.figure(scenario))),
      ...sweeps.flatMap((sweep) => file(sweep.name, chart, chart.sweepFigure?.(sweep))),
    ]);
  },
};

/** One figure as PNG with its finding as title. */
export function picture(figure: Figure): Uint8Array {
  registerFonts();
  const config = revive(figure.config, THEME);
  const padding = config.options?.layout?.padding as { readonly top: number };
  config.options = {
    ...config.options,
    devicePixelRatio: 1,
    layout: { padding: { ...padding, top: 6 } },
    plugins: {
      ...config.options?.plugins,
      title: {
        display: true,
        text: [...wrap(figure.title, TITLE_WIDTH)],
        align: "start",
        color: THEME.ink,
        font: { size: 17, weight: "bold" },
        padding: { top: 4, bottom: 8 + padding.top },
      },
    },
  };
  const renderer = new ChartJSNodeCanvas({
    width: WIDTH,
    height: figure.height + 40,
    backgroundColour: THEME.background,
    chartCallback: ({ defaults }) => {
      defaults.font.family = THEME.font;
      defaults.font.size = 13;
    },
  });
  return renderer.renderToBufferSync(config, "image/png");
}

/** Into the very canvas that draws. */
function registerFonts(): void {
  if (GlobalFonts.has(FONT_FAMILY)) return;
  for (const font of [FONT_REGULAR, FONT_BOLD])
    GlobalFonts.register(Buffer.from(font, "base64"), FONT_FAMILY);
}
