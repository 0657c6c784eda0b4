import type { Chart } from "../chart.ts";
import { showMs } from "../figures.ts";
import { chartConfig } from "../line-chart.ts";
import { METRICS } from "../metrics.ts";
import { panelMarks, roundLimits, valueAxes } from "../panels.ts";
import { type SweepSummary, sweepMetrics } from "../sweep.ts";
import { curveBand, curveLines, sweepLine, sweptAxis } from "../sweep-lines.ts";
import { kneeText } from "../sweep-sentences.ts";

/** Latency over what a series of variants differs in, a curve per contestant, with its knee. */
export const chart: Chart = {
  name: "latency-against-load",
  summary: "Of a sweep: latency against the swept value, a curve per contestant, with its knee.",
  figure: () => null,
  sweepFigure(sweep) {
    const keys = sweepMetrics(sweep);
    const values = keys.flatMap((key) => sweep.curves.flatMap((curve) => sweepLine(sweep, curve, key)));
    const known = values.flatMap(({ y }) => y ?? []);
    if (known.length === 0) return null;
    const panels = keys.map((key, i) => ({ axis: `y${i}`, label: METRICS[key].label, contestants: [] }));
    const ends = sweep.points.map(({ value }) => value);
    return {
      title: title(sweep),
      caption: `Latency against ${sweep.label}, ${keys.map((key) => METRICS[key].label).join(", ")}; shaded: 95 % interval. A ring is the knee: where ${METRICS[sweep.leading].label} has become twice that of the calm end of its curve. A gap: unstable, not reached, or too few requests.`,
      config: chartConfig({
        type: "line",
        datasets: keys.flatMap((key, i) => [
          ...sweep.curves.flatMap((curve) => curveLines(sweep, curve, key, `y${i}`)),
          ...sweep.curves.flatMap((curve) => curveBand(sweep, curve, key, `y${i}`)),
        ]),
        scales: {
          x: sweptAxis(sweep.label, Math.min(...ends), Math.max(...ends)),
          ...valueAxes(panels, { title: "latency", log: true, ...roundLimits(known) }),
        },
        marks: {
          unit: "ms",
          panels: panelMarks(panels),
          across: { label: sweep.label, unit: sweep.unit },
        },
        legend: true,
        topPadding: 40,
      }),
      height: 110 + panels.length * 190,
      table: {
        columns: [
          sweep.label,
          "contestant",
          ...keys.map((key) => METRICS[key].label),
          "95 % interval",
          "knee",
        ],
        rows: sweep.points.flatMap(({ text }, i) =>
          sweep.curves.flatMap((curve) => {
            const c = curve.contestants[i] ?? null;
            if (c === null) return [];
            const { interval } = c.values[sweep.leading];
            return [
              [
                text,
                `${curve.label}${c.unstable === null ? "" : " ↗"}${c.status === "invalid" ? " ✗" : ""}`,
                ...keys.map((key) => (c.values[key].value === null ? "–" : showMs(c.values[key].value!))),
                interval === null ? "–" : `${showMs(interval[0])} to ${showMs(interval[1])}`,
                curve.knee === null ? "–" : kneeText(sweep, curve),
              ],
            ];
          }),
        ),
      },
    };
  },
};

function title(sweep: SweepSummary): string {
  const text = sweep.headline.replace(/\.$/, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
