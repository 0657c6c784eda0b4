import { standardDeviation } from "#kernel/statistics.ts";
import type { Row } from "../rows.ts";
import { excessUsOf, type Twin } from "./counterfactual.ts";
import type { Over } from "./recovery.ts";
import type { Timeline } from "./timeline.ts";

/** Excess waiting of the requests due in each stretch of the window, ms. */
export interface ExcessSeries {
  readonly visit: (row: Row) => void;
  /**
   * Stretches until latency is as without the fault, looked for from `first` up to `end`. Null when the two plays differed before the
   * first fault already, so that what they differ by later says nothing.
   */
  over(first: number, end: number): Over | null;
}

/** Of the most that had been waited in excess at any instant; the last few percent are one slow request more or less. */
const RECOVERED = 0.95;
/** The range goes from one to the other. */
const EARLIEST = 0.9;
const LATEST = 0.99;
/** Fewest requests after the recovery, so that it is more than a gap. */
const LEAST_AFTER = 20;
/** Excess that goes on at more than this share of its pace is not over. */
const STILL = 0.5;
/** Of the mean excess from the fault on: the plays may differ by so much before it. */
const BY_CHANCE = 0.5;
/** What comes after is cut into so many parts; its excess is more than chance when their mean is above twice its standard error. */
const PARTS = 10;

/**
 * Latency is back when 95 % of all excess waiting is over: the sum over requests of (latency with the fault - latency of the same request
 * without it) has come to 95 % of its highest. It must rise above twice what it rose by before the fault, where it is chance.
 */
export function createExcessSeries(
  twin: Twin,
  timeline: Timeline,
  { stretches, stretchMs }: { readonly stretches: number; readonly stretchMs: number },
): ExcessSeries {
  const excessMs = new Float64Array(stretches);
  const requests = new Float64Array(stretches);
  return {
    visit(row) {
      const excessUs = excessUsOf(row, twin);
      if (excessUs === null) return;
      const dueMs = row.dueUs / 1_000;
      const at = Math.floor((timeline.onsetWithin(dueMs, row.endedUs / 1_000) ?? dueMs) / stretchMs);
      if (at >= stretches) return;
      excessMs[at]! += excessUs / 1_000;
      requests[at]! += 1;
    },
    over(first, end) {
      const calm = Math.floor(timeline.firstMs / stretchMs);
      const chance = mean(excessMs.subarray(0, calm), requests.subarray(0, calm));
      const excess = mean(excessMs.subarray(first, end), requests.subarray(first, end));
      if (Math.abs(chance) > BY_CHANCE * Math.abs(excess)) return null;
      const noise = 2 * highest(excessMs.subarray(0, calm));
      return overOf(excessMs.subarray(first, end), requests.subarray(first, end), noise);
    },
  };
}

function overOf(excessMs: Float64Array, requests: Float64Array, noise: number): Over {
  const most = highest(excessMs);
  if (most <= noise) return { at: 0, range: [0, 0] };
  const reached = (share: number): number => {
    let sum = 0;
    return (
      excessMs.findIndex((each) => {
        sum += each;
        return sum >= share * most;
      }) + 1
    );
  };
  const at = reached(RECOVERED);
  const paceUntil = mean(excessMs.subarray(0, at), requests.subarray(0, at));
  const paceAfter = mean(excessMs.subarray(at), requests.subarray(at));
  const follows = total(requests.subarray(at));
  if (follows === 0) return "never";
  if (paceAfter > STILL * paceUntil)
    return isMoreThanChance(excessMs.subarray(at)) ? "never" : "too-few-requests";
  if (follows < LEAST_AFTER) return "too-few-requests";
  return { at, range: [reached(EARLIEST), reached(LATEST)] };
}

function isMoreThanChance(excessMs: Float64Array): boolean {
  const length = Math.ceil(excessMs.length / PARTS);
  const parts = Array.from({ length: PARTS }, (_, i) =>
    total(excessMs.subarray(i * length, (i + 1) * length)),
  );
  const error = standardDeviation(parts) / Math.sqrt(PARTS);
  return total(Float64Array.from(parts)) / PARTS > 2 * error;
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
const mean = (sums: Float64Array, counts: Float64Array): number => total(sums) / Math.max(1, total(counts));

/** Highest that the running sum comes to, at least 0. */
function highest(values: Float64Array): number {
  let sum = 0;
  let most = 0;
  for (const value of values) {
    sum += value;
    most = Math.max(most, sum);
  }
  return most;
}
