import type { TrialRecord } from "../../reports/record.ts";
import { BATCHES, type Batches } from "./batches.ts";

export type Growth = TrialRecord["growth"];

/** Points of the line: batches are put together so that neighbours do not share a queue's ups and downs. */
const POINTS = 10;
/** One-sided 0.1 % of Student's t with POINTS - 2 degrees of freedom. */
const T_LIMIT = 4.501;

export interface GrowthInput {
  readonly batches: Batches;
  readonly durationMs: number;
  /** The plan puts a backend at or above its capacity for good. */
  readonly planned: boolean;
  /** False where latency cannot grow for good (a closed loop is bounded by its users) or rises for another reason (a fault). */
  readonly measurable: boolean;
  /** The largest share of its own capacity that the window's attempts asked of a backend; null when no backend reports its work. */
  readonly busiest: number | null;
}

/** Latency also rises by chance for some seconds; for good it rises only where a backend has no time left. */
const NO_TIME_LEFT = 0.95;

/**
 * Growth of latency over the window: the slope of a line through batch means (successes, and timeouts for as long as they waited).
 * Unstable when planned so, or when the line is no accident (t-test, 0.1 %) at least triples from the start of the window to its end, and a backend got about all that it can do or more.
 */
export function measureGrowth(input: GrowthInput): Growth {
  const { batches, durationMs, planned, measurable, busiest } = input;
  const points = toPoints(batches, durationMs / 1_000);
  if (points.length < 3) return { unstable: planned, latencyMsPerSecond: 0 };
  const { slope, t, mean } = fit(points);
  const rise = (slope * durationMs) / 1_000;
  const isBusy = busiest === null || busiest >= NO_TIME_LEFT;
  const grows = points.length === POINTS && t > T_LIMIT && rise >= mean && isBusy;
  return { unstable: planned || (measurable && grows), latencyMsPerSecond: slope };
}

interface Point {
  readonly second: number;
  readonly ms: number;
}

function toPoints(batches: Batches, durationS: number): readonly Point[] {
  const size = BATCHES / POINTS;
  const points: Point[] = [];
  for (let point = 0; point < POINTS; point++) {
    let waited = 0;
    let us = 0;
    for (let batch = point * size; batch < (point + 1) * size; batch++) {
      waited += batches.waited[batch] as number;
      us += batches.waitedUs[batch] as number;
    }
    if (waited > 0) points.push({ second: ((point + 0.5) / POINTS) * durationS, ms: us / waited / 1_000 });
  }
  return points;
}

/** Least squares; `t` is the slope over its standard error. */
function fit(points: readonly Point[]): {
  readonly slope: number;
  readonly t: number;
  readonly mean: number;
} {
  const n = points.length;
  const middle = points.reduce((sum, point) => sum + point.second, 0) / n;
  const mean = points.reduce((sum, point) => sum + point.ms, 0) / n;
  const spread = points.reduce((sum, point) => sum + (point.second - middle) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point.second - middle) * (point.ms - mean), 0) / spread;
  const residual = points.reduce(
    (sum, point) => sum + (point.ms - mean - slope * (point.second - middle)) ** 2,
    0,
  );
  const error = Math.sqrt(residual / (n - 2) / spread);
  const t = error > 0 ? slope / error : slope > 0 ? Number.POSITIVE_INFINITY : 0;
  return { slope, t, mean };
}
