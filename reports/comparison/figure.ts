import type { Figure } from "../chart.ts";
import { type Bar, horizontalBars } from "../horizontal-bars.ts";
import { METRICS } from "../metrics.ts";
import { algorithmColour } from "../palette.ts";
import type { Comparison, ScenarioComparison } from "./comparison.ts";
import { agreementText } from "./differences.ts";

/** Mean latency of every contestant in both runs, one bar above the other; null where none was measured in both. */
export function comparisonFigure(scenario: ScenarioComparison, { first, second }: Comparison): Figure | null {
  const pairs = scenario.pairs.filter(
    (pair) => pair.first.values.mean.value !== null && pair.second.values.mean.value !== null,
  );
  if (pairs.length === 0) return null;
  const bars = pairs.flatMap(({ algorithm, first: one, second: two }) =>
    [
      { name: `${one.name}, first`, mean: one.values.mean },
      { name: `${two.name}, second`, mean: two.values.mean },
    ].map(({ name, mean }): Bar => {
      const { value, interval } = mean;
      return { name, value: value as number, interval, colour: algorithmColour(algorithm) };
    }),
  );
  return {
    title: `${scenario.title}: ${agreementText([...scenario.differences.values()].flat()) ?? "the two runs side by side"}`,
    caption: `Mean latency. First: ${first}; second: ${second}. Whiskers: 95 % interval.`,
    config: horizontalBars({
      bars,
      label: "mean",
      axis: "mean latency",
      unit: "ms",
      show: METRICS.mean.show,
      thickness: 0.7,
      right: 80,
    }),
    height: 90 + bars.length * 26,
    table: {
      columns: ["contestant", "mean"],
      rows: bars.map(({ name, value }) => [name, METRICS.mean.show(value)]),
    },
  };
}
