import { mayBeGenerators } from "./at-least.ts";
import {
  type Interval,
  METRIC_LIST,
  METRICS,
  type Metric,
  type MetricKey,
  type Missing,
  missing,
} from "./metrics.ts";
import type { TrialRecord } from "./record.ts";

/** A contestant's figure over its repeats: one that was measured, or the reason why there is none. */
export interface Value {
  readonly value: number | null;
  readonly missing: Missing | null;
  readonly interval: Interval | null;
  /** Of a percentile without an interval: relative difference that so few requests beyond it cannot tell, 1 over their root. */
  readonly blur?: number;
}

/** One contestant in one scenario, over all its repeats. */
export interface Contestant {
  readonly name: string;
  readonly balancer: string;
  readonly algorithm: string;
  readonly note: string | null;
  /** In order of repeats, without the control. */
  readonly trials: readonly TrialRecord[];
  /** The trial whose p99 (or rate) is the printed one: its series are drawn. */
  readonly shown: TrialRecord;
  /** The worst status of the trials that count; `invalid` when none counts: then figures are shown and never win. */
  readonly status: TrialRecord["verdict"]["status"];
  readonly reasons: readonly string[];
  /** Its latency grows all through the window, for this reason. */
  readonly unstable: string | null;
  readonly values: Readonly<Record<MetricKey, Value>>;
  /** Its throughput in a closed loop is a lower bound. */
  readonly atLeast: boolean;
}

export const contestantName = (trial: { readonly balancer: string; readonly algorithm: string }): string =>
  `${trial.balancer}/${trial.algorithm}`;

const worstFirst =
  (metric: Metric) =>
  (a: number, b: number): number =>
    metric.better === "lower" ? b - a : a - b;

/**
 * The median over repeats, with an even number the worse of the two in the middle: a figure that was measured, never an
 * average of percentiles. A percentile that was not reached ranks worst. The interval spans those of all repeats.
 */
export function overRepeats(metric: Metric, trials: readonly TrialRecord[]): Value {
  const worst = metric.better === "lower" ? Number.POSITIVE_INFINITY : 0;
  const known = trials.flatMap((trial) => {
    const value = metric.of(trial);
    if (value !== null) return [value];
    return missing(metric, trial) === "not reached" ? [worst] : [];
  });
  if (known.length === 0) {
    return { value: null, missing: trials[0] ? missing(metric, trials[0]) : "not measured", interval: null };
  }
  const middle = known.sort(worstFirst(metric))[Math.floor((known.length - 1) / 2)]!;
  if (!Number.isFinite(middle)) return { value: null, missing: "not reached", interval: null };
  const interval = hull(trials.map((trial) => metric.intervalOf(trial)));
  const value = { value: middle, missing: null, interval };
  return metric.quantile === null || interval !== null
    ? value
    : { ...value, blur: blurOf(metric.quantile, trials) };
}

/** How many requests lie beyond a percentile varies by the root of that number; slow ones come in clusters, so this is no upper bound. */
const blurOf = (quantile: number, trials: readonly TrialRecord[]): number =>
  1 / Math.sqrt(Math.max(1, Math.min(...trials.map((trial) => trial.latencyMs.count)) * (1 - quantile)));

function hull(intervals: readonly (Interval | null)[]): Interval | null {
  const known = intervals.filter((interval) => interval !== null);
  if (known.length === 0 || known.length < intervals.length) return null;
  return [Math.min(...known.map(([low]) => low)), Math.max(...known.map(([, high]) => high))];
}

/** Contestants of one scenario in order of appearance. */
export function contestantsOf(
  trials: readonly TrialRecord[],
  unstable: readonly { readonly algorithm: string; readonly reason: string }[],
  open: boolean,
): readonly Contestant[] {
  const groups = new Map<string, TrialRecord[]>();
  for (const trial of trials) {
    if (trial.control) continue;
    const name = contestantName(trial);
    groups.set(name, [...(groups.get(name) ?? []), trial]);
  }
  return [...groups.values()].map((group) => contestant(group, unstable, open));
}

function contestant(
  group: readonly TrialRecord[],
  unstable: readonly { readonly algorithm: string; readonly reason: string }[],
  open: boolean,
): Contestant {
  const trials = [...group].sort((a, b) => a.repeat - b.repeat);
  const valid = trials.filter((trial) => trial.verdict.status !== "invalid");
  const counted = valid.length > 0 ? valid : trials;
  const first = trials[0]!;
  const values = Object.fromEntries(
    METRIC_LIST.map((metric) => [metric.key, overRepeats(metric, counted)]),
  ) as Record<MetricKey, Value>;
  const planned = unstable.find((entry) => entry.algorithm === first.algorithm);
  const strained = counted.filter((trial) => trial.growth.unstable);
  return {
    name: contestantName(first),
    balancer: first.balancer,
    algorithm: first.algorithm,
    note: trials.find((trial) => trial.note !== null)?.note ?? null,
    trials,
    shown: representative(counted, values),
    status:
      valid.length === 0
        ? "invalid"
        : valid.some((trial) => trial.verdict.status === "suspect")
          ? "suspect"
          : "valid",
    reasons: [
      ...new Set(
        trials.flatMap((trial) =>
          trial.verdict.reasons.map((reason) =>
            trials.length > 1 ? `repeat ${trial.repeat}: ${reason}` : reason,
          ),
        ),
      ),
    ],
    unstable: planned?.reason ?? whyUnstable(strained),
    values,
    atLeast: !open && counted.some(mayBeGenerators),
  };
}

function whyUnstable(trials: readonly TrialRecord[]): string | null {
  if (trials.length === 0) return null;
  return trials.some(({ growth }) => growth.latencyMsPerSecond > 0)
    ? "latency grew all through the window"
    : "a backend had no time left, and requests ran out of theirs";
}

function representative(
  trials: readonly TrialRecord[],
  values: Readonly<Record<MetricKey, Value>>,
): TrialRecord {
  for (const key of ["p99", "p95", "p90", "p50", "achievedRate"] as const) {
    const found = trials.find(
      (trial) => values[key].value !== null && METRICS[key].of(trial) === values[key].value,
    );
    if (found) return found;
  }
  return trials[0]!;
}
