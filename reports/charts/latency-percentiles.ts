import type { Chart, FigureTable } from "../chart.ts";
import { listSome } from "../figures.ts";
import { chartConfig, contestantLine } from "../line-chart.ts";
import { METRICS } from "../metrics.ts";
import { drawn, lineLabel, linePanels, panelMarks, roundLimits, valueAxes } from "../panels.ts";
import { type ScenarioSummary, showValue } from "../summary.ts";

const KEYS = ["p50", "p90", "p95", "p99", "p999"] as const;

/** Latency percentiles of every contestant on a logarithmic axis. */
export const chart: Chart = {
  name: "latency-percentiles",
  summary: "Latency percentiles of every contestant, logarithmic.",
  figure(scenario) {
    const contestants = drawn(scenario).filter((c) => KEYS.some((key) => c.values[key].value !== null));
    if (contestants.length === 0) return null;
    const keys = KEYS.filter((key) => contestants.some((c) => c.values[key].value !== null));
    const panels = linePanels(contestants);
    const limits = roundLimits(contestants.flatMap((c) => keys.flatMap((key) => c.values[key].value ?? [])));
    const datasets = panels.flatMap((panel) =>
      panel.contestants.map((c) =>
        contestantLine(
          c,
          lineLabel(panel, c),
          panel.axis,
          keys.map((key) => c.values[key].value),
          4.5,
        ),
      ),
    );
    return {
      title: title(scenario),
      caption: `Latency from the instant a request was due, over all requests: a failure ranks slower than any success. A line ends where the percentile is not reached or fewer than 10 requests lie beyond it.`,
      config: chartConfig({
        type: "line",
        labels: keys.map((key) => METRICS[key].label),
        datasets,
        scales: {
          x: { type: "category", offset: true, title: { display: true, text: "percentile of requests" } },
          ...valueAxes(panels, { title: "latency", log: true, ...limits }),
        },
        marks: { unit: "ms", panels: panelMarks(panels) },
        legend: true,
        topPadding: panels.length > 1 ? 22 : 8,
      }),
      height: panels.length > 1 ? 90 + panels.length * 190 : 400,
      table: table(scenario),
    };
  },
};

function title(scenario: ScenarioSummary): string {
  const key = scenario.leading === "achievedRate" ? "p99" : scenario.leading;
  const best = scenario.contestants.filter((c) => scenario.standing(c, key) === "best");
  const alike = scenario.contestants.filter((c) => scenario.standing(c, key) === "alike");
  if (best.length === 0) return "Latency percentiles";
  return alike.length > 0
    ? `${listSome([...best, ...alike].map((c) => c.name))} ${alike.length > 0 ? "share" : "has"} the lowest ${METRICS[key].label}`
    : `${best[0]!.name} has the lowest ${METRICS[key].label}: ${showValue(best[0]!, key)}`;
}

function table(scenario: ScenarioSummary): FigureTable {
  return {
    columns: ["contestant", ...KEYS.map((key) => METRICS[key].label)],
    rows: scenario.contestants.map((c) => [
      c.status === "invalid" ? `${c.name} (invalid, not drawn)` : c.name,
      ...KEYS.map((key) => showValue(c, key)),
    ]),
  };
}
