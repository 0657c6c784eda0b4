import { contestantName } from "./contestants.ts";
import { METRIC_LIST, type MetricKey } from "./metrics.ts";
import type { TrialRecord } from "./record.ts";

/** What the same contestant played twice differs by: smaller differences between contestants say nothing. */
export interface Noise {
  /** Contestants that were played twice, and in which scenario. */
  readonly contestants: readonly string[];
  readonly pairs: number;
  /** False: the figures are another scenario's, because this one has no pair of its own. */
  readonly own: boolean;
  /** Largest relative difference of a pair, the larger over the smaller minus 1; missing where a figure is. */
  readonly floor: Readonly<Partial<Record<MetricKey, number>>>;
}

/** Pairs of same against same among `trials` (of one scenario or of a whole run); null without one that counts. */
export function noiseOf(trials: readonly TrialRecord[], own = true): Noise | null {
  const pairs = trials.flatMap((control) => {
    if (!control.control || control.verdict.status === "invalid") return [];
    const twin = trials.find(
      (trial) =>
        !trial.control &&
        trial.scenario === control.scenario &&
        trial.repeat === control.repeat &&
        contestantName(trial) === contestantName(control) &&
        trial.verdict.status !== "invalid",
    );
    return twin ? [{ control, twin }] : [];
  });
  if (pairs.length === 0) return null;
  const floor: Partial<Record<MetricKey, number>> = {};
  for (const metric of METRIC_LIST) {
    const differences = pairs.flatMap(({ control, twin }) => {
      const [a, b] = [metric.of(control), metric.of(twin)];
      return a !== null && b !== null && a > 0 && b > 0 ? [Math.max(a, b) / Math.min(a, b) - 1] : [];
    });
    if (differences.length > 0) floor[metric.key] = Math.max(...differences);
  }
  const contestants = [
    ...new Set(
      pairs.map(({ twin }) => (own ? contestantName(twin) : `${contestantName(twin)} in ${twin.scenario}`)),
    ),
  ];
  return { contestants, pairs: pairs.length, own, floor };
}
