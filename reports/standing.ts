import type { Contestant, Value } from "./contestants.ts";
import { METRIC_LIST, METRICS, type MetricKey } from "./metrics.ts";
import type { Noise } from "./noise.ts";

/** `best` of its scenario, or `alike`: not distinguishable from the best. */
export type Standing = "best" | "alike" | null;
export type Standings = ReadonlyMap<string, Readonly<Record<MetricKey, Standing>>>;

/** What does not depend on how long a trial lasts. */
const COSTS: ReadonlySet<MetricKey> = new Set(["cpu", "rss"]);

/** Figures of an invalid contestant never win, nor do those of one whose latency only measures how long the trial was. */
export const mayWin = (contestant: Contestant, key: MetricKey): boolean =>
  contestant.status !== "invalid" && (contestant.unstable === null || COSTS.has(key));

/**
 * Same within what this run can tell: intervals overlap, or the difference is inside the noise of same against same; without intervals,
 * inside what so few slow requests can tell (`Value.blur`).
 */
export function alike(key: MetricKey, a: Value, b: Value, noise: Noise | null): boolean {
  if (a.value === null || b.value === null) return false;
  if (a.value === b.value) return true;
  if (a.interval && b.interval && a.interval[0] <= b.interval[1] && b.interval[0] <= a.interval[1])
    return true;
  const smaller = Math.min(a.value, b.value);
  const floor = Math.max(noise?.floor[key] ?? 0, a.blur ?? 0, b.blur ?? 0);
  return smaller > 0 && Math.max(a.value, b.value) / smaller - 1 <= floor;
}

/** The best of `contestants` in one metric; null when fewer than two can be compared. */
export function bestOf(key: MetricKey, contestants: readonly Contestant[]): Contestant | null {
  const candidates = contestants.filter(
    (contestant) => mayWin(contestant, key) && contestant.values[key].value !== null,
  );
  if (candidates.length < 2) return null;
  const sign = METRICS[key].better === "lower" ? 1 : -1;
  return candidates.reduce((best, next) =>
    sign * (next.values[key].value! - best.values[key].value!) < 0 ? next : best,
  );
}

/** Where each contestant stands in each metric; an open model's answered rate is its timetable's, so it is not ranked there. */
export function standings(contestants: readonly Contestant[], noise: Noise | null, open: boolean): Standings {
  const result = new Map(contestants.map((c) => [c.name, {} as Record<MetricKey, Standing>]));
  for (const { key } of METRIC_LIST) {
    const best = open && key === "achievedRate" ? null : bestOf(key, contestants);
    const known = contestants.filter((c) => mayWin(c, key)).map((c) => c.values[key].value);
    const allEqual = known.every((value) => value === known[0]);
    for (const contestant of contestants) {
      const entry = result.get(contestant.name)!;
      if (!best || allEqual || !mayWin(contestant, key)) entry[key] = null;
      else if (contestant.values[key].value === best.values[key].value) entry[key] = "best";
      else entry[key] = alike(key, contestant.values[key], best.values[key], noise) ? "alike" : null;
    }
  }
  return result;
}
