import type { Chart } from "../chart.ts";
import type { Contestant } from "../contestants.ts";
import { showNumber, showRate } from "../figures.ts";
import { horizontalBars } from "../horizontal-bars.ts";
import { METRICS } from "../metrics.ts";
import { algorithmColour } from "../palette.ts";
import { drawn } from "../panels.ts";
import type { ScenarioSummary } from "../summary.ts";

/** Answered requests per second of every contestant, beside what was offered. */
export const chart: Chart = {
  name: "throughput",
  summary: "Answered requests per second of every contestant, beside what was offered.",
  figure(scenario) {
    const contestants = drawn(scenario).filter((c) => c.values.achievedRate.value !== null);
    if (contestants.length === 0) return null;
    const rates = contestants.map((c) => c.values.achievedRate.value!);
    const offered = offeredOf(scenario, contestants);
    return {
      title: title(scenario, rates),
      caption:
        offered === null
          ? "Closed traffic: as many requests as the users get answered. Whiskers: 95 % interval."
          : `Open traffic: the timetable offers ${showRate(offered)}${showRate(offered) === showRate(scenario.offeredRate ?? offered) ? "" : ` in these trials (planned on average: ${showRate(scenario.offeredRate!)})`}, whatever the contestant does; whoever answers less has failed requests. Whiskers: 95 % interval.`,
      config: horizontalBars({
        bars: contestants.map((c) => ({
          name: c.name,
          value: c.values.achievedRate.value!,
          interval: c.values.achievedRate.interval,
          colour: algorithmColour(c.algorithm),
        })),
        label: "answered",
        axis: "answered requests per second",
        unit: "perSecond",
        show: showRate,
        ...(offered === null ? {} : { reference: { value: offered, label: `offered ${showRate(offered)}` } }),
        thickness: 0.62,
        right: 70,
      }),
      height: 90 + contestants.length * 38,
      table: {
        columns: ["contestant", "offered", "answered", "95 % interval", "failed"],
        rows: scenario.contestants.map((c) => {
          const { value, interval } = c.values.achievedRate;
          return [
            c.status === "invalid" ? `${c.name} (invalid, not drawn)` : c.name,
            offered === null ? "closed" : showRate(c.shown.offeredRate),
            value === null ? "–" : showRate(value),
            interval === null ? "–" : `${showNumber(interval[0])} to ${showRate(interval[1])}`,
            METRICS.errorRate.show(c.values.errorRate.value ?? 0),
          ];
        }),
      },
    };
  },
};

/** What the timetable really held where all drawn trials agree, else the plan; null when closed. */
function offeredOf(scenario: ScenarioSummary, contestants: readonly Contestant[]): number | null {
  if (scenario.offeredRate === null) return null;
  const rates = new Set(contestants.map((c) => c.shown.offeredRate));
  return rates.size === 1 ? [...rates][0]! : scenario.offeredRate;
}

function title(scenario: ScenarioSummary, rates: readonly number[]): string {
  const offered = scenario.offeredRate;
  if (offered === null) {
    const best = scenario.contestants.find((c) => scenario.standing(c, "achievedRate") === "best");
    return best
      ? `${best.name} answers most: ${showRate(best.values.achievedRate.value!)}`
      : `Answered: ${showRate(Math.max(...rates))}`;
  }
  const failing = scenario.contestants.filter(
    (c) => c.status !== "invalid" && (c.values.errorRate.value ?? 0) > 0.01,
  );
  if (failing.length === 0) return "Every contestant keeps up with the traffic offered";
  return failing.length === 1
    ? `${failing[0]!.name} leaves more than 1 % of requests unanswered`
    : `${failing.length} contestants leave more than 1 % of requests unanswered`;
}
