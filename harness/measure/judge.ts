import { percentileIsPrintable } from "#kernel/histogram.ts";
import type { RunRecord, TrialRecord } from "../../reports/record.ts";
import { EXTREMES } from "../../scenarios/metric.ts";
import type { Objective } from "../../scenarios/scenario.ts";

export type ObjectiveOutcome = RunRecord["objectives"][number];

/** What a metric is in a trial: a number, null (beyond any number: not reached, never), or undefined (not known). */
export type MetricValue = number | null | undefined;

/** Beside each of these a word says whether its null means never. */
const NEVER: Readonly<Record<string, string>> = {
  detectedAfterMs: "detection",
  recoveredAfterMs: "recovery",
  returnedAfterMs: "return",
};
const LATENCY = /^(mean|max|p\d+)$/;

/**
 * Follows a dotted path such as `latencyMs.p99` or `faults.0.recoveredAfterMs`. A null of the record is "beyond any number" where it stands
 * for a percentile beyond the successes, a fault never detected or never recovered from; where it says that too little was seen
 * (fewer than 10 requests beyond a percentile, attempts not visible, too few of them) the metric is not known.
 */
export function metricOf(trial: TrialRecord, path: string): MetricValue {
  const keys = path.split(".");
  const extreme = keys.findIndex((key) => (EXTREMES as readonly string[]).includes(key));
  if (extreme >= 0) return extremeOf(trial, keys, extreme);
  const last = keys.at(-1) as string;
  let parent: unknown = null;
  let value: unknown = trial;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    parent = value;
    value = (value as Record<string, unknown>)[key];
  }
  if (typeof value === "number") return value;
  if (value !== null) return undefined;
  const word = NEVER[last];
  if (word !== undefined)
    return (parent as Readonly<Record<string, unknown>>)[word] === "never" ? null : undefined;
  return LATENCY.test(last) && isReachable(parent, last) ? null : undefined;
}

/** The largest or smallest of what the entries of a list have; not known when it is not known of one of them. */
function extremeOf(trial: TrialRecord, keys: readonly string[], place: number): MetricValue {
  let list: unknown = trial;
  for (const key of keys.slice(0, place))
    list = (list as Readonly<Record<string, unknown>> | undefined)?.[key];
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const values = list.map((_, i) => metricOf(trial, keys.with(place, String(i)).join(".")));
  if (values.some((value) => value === undefined)) return undefined;
  const numbers = values.map((value) => value ?? Number.POSITIVE_INFINITY);
  const found = keys[place] === "most" ? Math.max(...numbers) : Math.min(...numbers);
  return Number.isFinite(found) ? found : null;
}

/** True when a latency summary has enough requests for its `name`, so that null means that successes did not reach so far. */
function isReachable(summary: unknown, name: string): boolean {
  const count = (summary as { readonly count?: unknown }).count;
  if (typeof count !== "number") return false;
  // `p95` is the share 0.95, `p999` the share 0.999.
  return name.startsWith("p") ? percentileIsPrintable(Number(`0.${name.slice(1)}`), count) : count > 0;
}

export interface JudgeOptions {
  /** Trials that every contestant should have. */
  readonly repeats: number;
}

/**
 * An objective for each contestant it is about, by the median over repeats. A metric that was not reached violates `atMost` (a p99 beyond
 * the successes is worse than any number) and `atLeast`; a missing or invalid trial leaves it unjudged, as does an unknown metric, or a named contestant that did not play.
 */
export function judgeObjectives(
  scenario: string,
  objectives: readonly Objective[],
  trials: readonly TrialRecord[],
  options: JudgeOptions,
): readonly ObjectiveOutcome[] {
  const own = counted(scenario, trials);
  const contestants = [...new Set(own.map(contestantOf))];
  return objectives.flatMap(({ metric, of, atMost, atLeast }) => {
    const named = contestants.filter((name) => of === undefined || name === of || name.endsWith(`/${of}`));
    // Nobody played under that name: its balancer is not on this machine, or nothing has been played yet.
    return (named.length === 0 && of !== undefined ? [of] : named).map((contestant) => {
      const observed = medianOf(
        own.filter((trial) => contestantOf(trial) === contestant),
        metric,
        options.repeats,
      );
      return {
        scenario,
        contestant,
        metric,
        ...(atMost === undefined ? {} : { atMost }),
        ...(atLeast === undefined ? {} : { atLeast }),
        met: isMet(observed, atMost, atLeast),
        observed: observed ?? null,
      };
    });
  });
}

function isMet(
  observed: MetricValue,
  atMost: number | undefined,
  atLeast: number | undefined,
): boolean | null {
  if (observed === undefined) return null;
  if (observed === null) return false;
  return (atMost === undefined || observed <= atMost) && (atLeast === undefined || observed >= atLeast);
}

/** The second one of a contestant that runs twice measures noise and is judged by nobody. */
export function counted(scenario: string, trials: readonly TrialRecord[]): readonly TrialRecord[] {
  return trials.filter((trial) => trial.scenario === scenario && !trial.control);
}

function contestantOf(trial: TrialRecord): string {
  return `${trial.balancer}/${trial.algorithm}`;
}

/** Null ranks above every number; undefined when a trial is missing or invalid or has no such metric. */
export function medianOf(trials: readonly TrialRecord[], path: string, repeats: number): MetricValue {
  if (trials.length < repeats || trials.some((trial) => trial.verdict.status === "invalid")) return undefined;
  const values: number[] = [];
  for (const trial of trials) {
    const value = metricOf(trial, path);
    if (value === undefined) return undefined;
    values.push(value ?? Number.POSITIVE_INFINITY);
  }
  if (values.length === 0) return undefined;
  values.sort((a, b) => a - b);
  const upper = values[values.length >> 1] as number;
  const lower = values[(values.length - 1) >> 1] as number;
  const median = lower === upper ? lower : (lower + upper) / 2;
  return Number.isFinite(median) ? median : null;
}
