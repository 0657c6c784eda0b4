/** Before, during and after the faults of a scenario, as figures over repeats. */
import { percentileIsPrintable } from "#kernel/histogram.ts";
import type { Contestant } from "./contestants.ts";
import { countedTrials } from "./faults.ts";
import type { Impact, PhaseRecord } from "./record.ts";
import { type OverRepeats, overRepeats } from "./repeats.ts";

export type PhaseName = keyof Impact["phases"];
export type PhasePercentile = "p50" | "p90" | "p95" | "p99";

const QUANTILES: readonly (readonly [PhasePercentile, number])[] = [
  ["p99", 0.99],
  ["p95", 0.95],
  ["p90", 0.9],
];

/** Those that have a length in this scenario; between exists with several faults alone. */
export function phasesOf(contestants: readonly Contestant[]): readonly PhaseName[] {
  const impact = contestants.find((c) => c.shown.impact !== null)?.shown.impact;
  if (!impact) return [];
  return (["before", "during", "between", "after"] as const).filter(
    (name) => impact.phases[name].seconds > 0,
  );
}

export interface PhaseOver {
  readonly contestant: Contestant;
  readonly phase: PhaseName;
  /** Of the shown trial. */
  readonly record: PhaseRecord;
}

/** Every phase of every contestant whose trials count, contestants first. */
export const phaseRecords = (contestants: readonly Contestant[]): readonly PhaseOver[] =>
  contestants.flatMap((contestant) =>
    phasesOf(contestants).flatMap((phase) => {
      const record = contestant.shown.impact?.phases[phase];
      return record === undefined ? [] : [{ contestant, phase, record }];
    }),
  );

/** The highest percentile that every phase has enough requests for. */
export function phasePercentile(contestants: readonly Contestant[]): PhasePercentile {
  const counts = phaseRecords(contestants).map(({ record }) => record.latencyMs.count);
  const fewest = Math.min(...counts);
  return QUANTILES.find(([, quantile]) => percentileIsPrintable(quantile, fewest))?.[0] ?? "p50";
}

/** Over repeats; infinity where failures reach into the percentile. */
export function phaseFigure(
  contestant: Contestant,
  phase: PhaseName,
  of: (record: PhaseRecord) => number | null,
): OverRepeats | null {
  return overRepeats(
    countedTrials(contestant).flatMap((trial) => {
      const record = trial.impact?.phases[phase];
      return record === undefined ? [] : (of(record) ?? []);
    }),
  );
}

export const latencyOf =
  (key: PhasePercentile) =>
  ({ latencyMs }: PhaseRecord): number | null =>
    latencyMs[key] ?? (latencyMs.count === 0 ? null : Number.POSITIVE_INFINITY);
