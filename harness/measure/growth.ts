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
  /** False where latency cannot grow for good (a closed loop is bounded by its users) or rises for another reason (a fault, more traffic). */
  readonly measurable: boolean;
  /** The largest share of its own capacity that the window's attempts asked of a backend; null when no backend reports its work. */
  readonly busiest: number | null;
}

/**
 * Latency also rises by chance for some seconds; for good it rises only where a backend is asked for all that it can do. The simulator played
 * 4 and 16 backends at loads from 0.5 to 1.3, random and round-robin, 20 to 300 seeds each; at most so many percent were called unstable, with
 * no limit here, with 0.95 and with 1 (`growth-verdict.test.ts` plays some again):
 *
 *     load 0.8: 1.3, 1 and 1 in any window; 0.9: 6, 5.3 and 4.3 in 3 s, 4.7, 3 and 2.3 in 10 s, 1.7, 0 and 0 in 60 s.
 *     load 0.95: 13, 13 and 12 in 10 s, 3.3, 3.3 and 0 in 60 s.
 *
 * From 1.05 on the three call the same ones. From 1.1 on these are 73 % or more in 10 s and all in 60 s, but hardly any in 3 s (2 to 18 %), and at 0.99
 * a queue that begins empty does grow for minutes (13 to 35 %): there the plan has to know.
 */
const NO_TIME_LEFT = 1;
/** Of all requests. A queue that has reached the patience of balancers and clients grows no more: without those that give up, loads from 1.2 on were seen in 0 to 3 % of windows of 60 s. */
const OVERDUE = 0.01;

/**
 * Growth of latency over the window: the slope of a line through batch means (successes, and those that ran out of time for as long as they waited).
 * Unstable when planned so, or when a backend was asked for all that it can do or more and either the line is no accident (t-test, 0.1 %) and at
 * least triples from the start of the window to its end, or more than a hundredth ran out of time.
 */
export function measureGrowth(input: GrowthInput): Growth {
  const { batches, durationMs, planned, measurable, busiest } = input;
  const points = toPoints(batches, durationMs / 1_000);
  if (points.length < 3) return { unstable: planned, latencyMsPerSecond: 0 };
  const { slope, t, mean } = fit(points);
  const rise = (slope * durationMs) / 1_000;
  const isBusy = busiest === null || busiest >= NO_TIME_LEFT;
  const grows = points.length === POINTS && t > T_LIMIT && rise >= mean;
  const isFull = busiest !== null && overdueShare(batches) > OVERDUE;
  return { unstable: planned || (measurable && isBusy && (grows || isFull)), latencyMsPerSecond: slope };
}

function overdueShare({ total, waited, ok }: Batches): number {
  const sum = (column: Float64Array): number => column.reduce((a, b) => a + b, 0);
  return (sum(waited) - sum(ok)) / Math.max(1, sum(total));
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
