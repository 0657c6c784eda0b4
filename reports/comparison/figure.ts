import type { Figure } from "../chart.ts";
import { chartConfig } from "../line-chart.ts";
import { METRICS } from "../metrics.ts";
import { algorithmColour } from "../palette.ts";
import { agreementText, type Comparison, type ScenarioComparison } from "./comparison.ts";

/** Mean latency of every contestant in both runs, one bar above the other; null where none was measured in both. */
export function comparisonFigure(scenario: ScenarioComparison, { first, second }: Comparison): Figure | null {
  const pairs = scenario.pairs.filter(
    (pair) => pair.first.values.mean.value !== null && pair.second.values.mean.value !== null,
  );
  if (pairs.length === 0) return null;
  const bars = pairs.flatMap(({ algorithm, first: one, second: two }) => [
    { label: `${one.name}, first`, value: one.values.mean, colour: algorithmColour(algorithm) },
    { label: `${two.name}, second`, value: two.values.mean, colour: `${algorithmColour(algorithm)}` },
  ]);
  const values = bars.map(({ value }) => value.value as number);
  const whiskers = bars.map(({ value }) => value.interval);
  const highest = Math.max(...values, ...whiskers.map((whisker) => whisker?.[1] ?? 0));
  return {
    title: `${scenario.title}: ${agreementText(scenario) ?? "the two runs side by side"}`,
    caption: `Mean latency. First: ${first}; second: ${second}. Whiskers: 95 % interval.`,
    config: chartConfig({
      type: "bar",
      labels: bars.map(({ label }) => label),
      datasets: [
        {
          label: "mean",
          data: values,
          backgroundColor: bars.map(({ colour }) => colour),
          barPercentage: 0.7,
          categoryPercentage: 0.9,
        },
      ],
      scales: {
        x: {
          type: "linear",
          evenkeelValue: true,
          min: 0,
          suggestedMax: highest * 1.12,
          title: { display: true, text: "mean latency" },
        },
        y: { type: "category", grid: { display: false }, ticks: { autoSkip: false } },
      },
      marks: { unit: "ms", whiskers, labels: values.map(METRICS.mean.show) },
      legend: false,
      horizontal: true,
      topPadding: 8,
      rightPadding: 80,
    }),
    height: 90 + bars.length * 26,
    table: {
      columns: ["contestant", "mean"],
      rows: bars.map(({ label, value }) => [label, METRICS.mean.show(value.value as number)]),
    },
  };
}
