import type { Contestant } from "../contestants.ts";
import type { MetricKey } from "../metrics.ts";
import { type Curve, counts, type SweepSummary } from "../sweep.ts";
import type { Figured } from "./differences.ts";

/** What a curve has where it has nothing. */
const NOTHING: Figured = { value: null, interval: null };

/** A swept value that is given twice in floating point is the same value. */
const SAME = 1e-9;

/**
 * A latency of a curve at `x`: that of a point of the series, or between two neighbours on a straight line of its logarithm, as knees are found.
 * Nothing beyond the ends of the curve and beside a gap.
 */
export function onCurve(
  { points }: Pick<SweepSummary, "points">,
  { contestants }: Pick<Curve, "contestants">,
  key: MetricKey,
  x: number,
): Figured {
  const beyond = points.findIndex(({ value }) => value > x + SAME);
  const at = (beyond === -1 ? points.length : beyond) - 1;
  const here = points[at];
  if (here === undefined) return NOTHING;
  const low = figureOf(contestants[at], key);
  if (x - here.value <= SAME) return low;
  const next = points[at + 1];
  if (next === undefined) return NOTHING;
  const high = figureOf(contestants[at + 1], key);
  return between(low, high, (x - here.value) / (next.value - here.value));
}

/** The values of the series that `x` lies between; null where it is one of them or beyond them. */
export function neighbours(
  { points }: Pick<SweepSummary, "points">,
  x: number,
): readonly [string, string] | null {
  if (points.some(({ value }) => Math.abs(value - x) <= SAME)) return null;
  const beyond = points.findIndex(({ value }) => value > x);
  return beyond < 1 ? null : [points[beyond - 1]!.text, points[beyond]!.text];
}

const figureOf = (contestant: Contestant | null | undefined, key: MetricKey): Figured =>
  contestant !== undefined && counts(contestant) ? contestant.values[key] : NOTHING;

function between(a: Figured, b: Figured, part: number): Figured {
  const middle = (low: number, high: number): number | null =>
    low > 0 && high > 0 ? low * (high / low) ** part : null;
  const value = a.value === null || b.value === null ? null : middle(a.value, b.value);
  if (value === null || a.interval === null || b.interval === null) return { value, interval: null };
  const [low, high] = [middle(a.interval[0], b.interval[0]), middle(a.interval[1], b.interval[1])];
  return { value, interval: low === null || high === null ? null : [low, high] };
}
