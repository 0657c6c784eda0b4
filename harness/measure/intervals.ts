import { rankOf } from "#kernel/histogram.ts";
import type { Rng } from "#kernel/rng.ts";
import { blockBootstrapInterval } from "#kernel/statistics.ts";
import type { TrialRecord } from "../../reports/record.ts";
import { BATCHES, type Batches } from "./batches.ts";
import { BUCKETS, middleOf } from "./buckets.ts";
import { PERCENTILES } from "./spread.ts";

export type Intervals = Omit<TrialRecord["intervals"], "regret">;
type Interval = Intervals["mean"];

/** Batches per block: neighbours share a queue, so they are drawn together. */
const BLOCK = 8;
const BLOCKS = BATCHES / BLOCK;
/**
 * Five blocks are few: resamples spread too little by the share of one block (they are measured against their own mean), and normal
 * quantiles are too near: t(4) = 2.776. Coverage on M/M/1 is tested; without this it is 85 % instead of 95 %.
 */
const WIDENING = (2.776 / 1.96) * Math.sqrt(BLOCKS / (BLOCKS - 1));
/**
 * Fewest requests beyond a percentile for an interval. Slow requests come in clusters, and a handful of clusters cannot say how many more
 * there might have been: with 10 to 50 beyond, intervals of a p99 held the true value in 45 to 85 % of M/M/1 windows.
 */
const LEAST_BEYOND = 100;

/**
 * 95 % intervals of one trial from a moving-block bootstrap over batches of its window, widened for the small number of blocks, latencies in
 * ms. Percentiles rank failures slower than any success; null where an end may lie beyond them or too few requests do.
 */
export function bootstrapIntervals(batches: Batches, durationUs: number, rng: Rng): Intervals {
  const { all, buckets } = toBatchList(batches);
  const interval = (name: string, statistic: (drawn: readonly Batch[]) => number): Interval =>
    widen(
      blockBootstrapInterval({ batches: all, statistic, rng: rng.fork(name), blockLength: BLOCK }),
      statistic(all),
    );
  const requests = total(all, "total");
  const percentile = (name: keyof typeof PERCENTILES): Interval => {
    const p = PERCENTILES[name];
    return requests - rankOf(p, requests) < LEAST_BEYOND
      ? null
      : interval(name, (drawn) => percentileMs(drawn, buckets, p));
  };
  return {
    mean: interval("mean", (drawn) => total(drawn, "okUs") / total(drawn, "ok") / 1_000),
    p50: percentile("p50"),
    p90: percentile("p90"),
    p95: percentile("p95"),
    p99: percentile("p99"),
    achievedRate: interval("achievedRate", (drawn) => total(drawn, "ok") / (durationUs / 1e6)),
  };
}

interface Batch {
  readonly total: number;
  readonly ok: number;
  readonly okUs: number;
  /** Successes up to each bucket that occurs in any batch: a percentile of drawn batches is then a binary search. */
  readonly upTo: Float64Array;
}

function toBatchList(batches: Batches): {
  readonly all: readonly Batch[];
  readonly buckets: readonly number[];
} {
  const buckets: number[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    let isUsed = false;
    for (let batch = 0; batch < BATCHES && !isUsed; batch++)
      isUsed = batches.counts[batch * BUCKETS + bucket] !== 0;
    if (isUsed) buckets.push(bucket);
  }
  const all = Array.from({ length: BATCHES }, (_, batch) => {
    let sum = 0;
    const upTo = Float64Array.from(buckets, (bucket) => {
      sum += batches.counts[batch * BUCKETS + bucket] as number;
      return sum;
    });
    return {
      total: batches.total[batch] as number,
      ok: batches.ok[batch] as number,
      okUs: batches.okUs[batch] as number,
      upTo,
    };
  });
  return { all, buckets };
}

function total(drawn: readonly Batch[], field: "total" | "ok" | "okUs"): number {
  let sum = 0;
  for (const batch of drawn) sum += batch[field];
  return sum;
}

/** Infinity when the percentile lies among the failures. */
function percentileMs(drawn: readonly Batch[], buckets: readonly number[], p: number): number {
  const rank = rankOf(p, total(drawn, "total"));
  if (rank > total(drawn, "ok")) return Number.POSITIVE_INFINITY;
  let low = 0;
  let high = buckets.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    let sum = 0;
    for (const { upTo } of drawn) sum += upTo[middle] as number;
    if (sum >= rank) high = middle;
    else low = middle + 1;
  }
  return middleOf(buckets[low] as number) / 1_000;
}

function widen(interval: Interval, estimate: number): Interval {
  if (interval === null) return null;
  const [low, high] = interval;
  return [Math.max(0, estimate + (low - estimate) * WIDENING), estimate + (high - estimate) * WIDENING];
}
