import type { Chart } from "../chart.ts";
import type { Contestant } from "../contestants.ts";
import { listSome, showMs } from "../figures.ts";
import { chartConfig, contestantLine } from "../line-chart.ts";
import {
  drawn,
  faultWindows,
  lineLabel,
  linePanels,
  panelMarks,
  roundLimits,
  secondsAxis,
  valueAxes,
} from "../panels.ts";
import type { ScenarioSummary } from "../summary.ts";

/** Latency second by second, with the windows of faults shaded. */
export const chart: Chart = {
  name: "latency-over-time",
  summary: "Latency second by second, with the windows of faults shaded.",
  figure(scenario) {
    const contestants = drawn(scenario).filter((c) => c.shown.series.length > 1);
    const key = percentileToDraw(contestants);
    if (key === null) return null;
    const panels = linePanels(contestants);
    const windows = faultWindows(scenario);
    const limits = roundLimits(contestants.flatMap((c) => c.shown.series.flatMap((s) => s[key] ?? [])));
    const label = key === "p99" ? "p99" : "median";
    return {
      title: title(scenario, contestants, key),
      caption: `${key === "p99" ? "99th percentile" : "Median"} of the requests due in each second${windows.length > 0 ? "; shaded: while the fault lasts" : ""}. A gap: not reached in that second (failures), or too few requests.${repeats(contestants)}`,
      config: chartConfig({
        type: "line",
        datasets: panels.flatMap((panel) =>
          panel.contestants.map((c) =>
            contestantLine(
              c,
              lineLabel(panel, c),
              panel.axis,
              c.shown.series.map((s) => ({ x: s.second + 0.5, y: s[key] })),
              3,
            ),
          ),
        ),
        scales: {
          x: secondsAxis(scenario),
          ...valueAxes(panels, { title: `${label} latency`, log: true, ...limits }),
        },
        marks: { unit: "ms", windows, panels: panelMarks(panels) },
        legend: true,
        topPadding: panels.length > 1 ? 40 : windows.length > 0 ? 24 : 8,
      }),
      height: panels.length > 1 ? 110 + panels.length * 170 : 380,
      table: {
        columns: ["second", ...scenario.contestants.map((c) => c.name)],
        rows: Array.from({ length: Math.ceil(scenario.seconds) }, (_, second) => [
          String(second),
          ...scenario.contestants.map((c) => {
            const value = c.shown.series.find((s) => s.second === second)?.[key];
            return value === null || value === undefined ? "–" : showMs(value);
          }),
        ]),
      },
    };
  },
};

/** The 99th percentile where most seconds have one, else the median, else nothing. */
function percentileToDraw(contestants: readonly Contestant[]): "p99" | "p50" | null {
  const share = (key: "p99" | "p50"): number => {
    const points = contestants.flatMap((c) => c.shown.series.map((s) => s[key]));
    return points.filter((value) => value !== null).length / Math.max(1, points.length);
  };
  return share("p99") >= 0.5 ? "p99" : share("p50") > 0 ? "p50" : null;
}

const repeats = (contestants: readonly Contestant[]): string =>
  contestants.some((c) => c.trials.length > 1) ? " Of several repeats the one in the middle is drawn." : "";

function title(scenario: ScenarioSummary, contestants: readonly Contestant[], key: "p99" | "p50"): string {
  const unstable = contestants.filter((c) => c.unstable !== null);
  if (unstable.length > 0)
    return `Latency of ${listSome(unstable.map((c) => c.name))} grows for as long as the trial lasts`;
  const what = key === "p99" ? "p99" : "median";
  const windows = faultWindows(scenario);
  const inFault = (second: number): boolean => windows.some((w) => second + 1 > w.from && second < w.to);
  const seconds = (c: Contestant) => c.shown.series.filter((s) => windows.length === 0 || inFault(s.second));
  const unreached = contestants.filter(
    (c) => seconds(c).length > 0 && seconds(c).every((s) => s[key] === null),
  );
  if (windows.length > 0 && unreached.length > 0)
    return `While the fault lasts, ${listSome(unreached.map((c) => c.name))} ${unreached.length === 1 ? "does" : "do"} not reach a ${what}: too many requests fail`;
  const highest = contestants
    .map((c) => ({ name: c.name, peak: Math.max(0, ...seconds(c).map((s) => s[key] ?? 0)) }))
    .sort((a, b) => b.peak - a.peak)[0];
  const when = windows.length > 0 ? "While the fault lasts" : "Second by second";
  if (!highest) return "Latency over time";
  return contestants.length === 1
    ? `${when}, the ${what} of ${highest.name} is ${showMs(highest.peak)} at most`
    : `${when}, ${highest.name} peaks highest: ${what} ${showMs(highest.peak)}`;
}
