import { type Histogram, percentileWithFailures } from "#kernel/histogram.ts";
import type { Latency } from "../../reports/record.ts";
import { createTally } from "./tally.ts";

/** Percentiles of a latency summary as shares. */
export const PERCENTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;

/** Counts of durations with the exact sum and maximum that buckets round away. Microseconds. */
export interface Spread {
  readonly count: number;
  /** Throws on NaN. `bucket` is that of the duration, for who knows it already. */
  record(us: number, bucket?: number): void;
  histogram(): Histogram;
  /** Summary in ms of these successes and of failures, which rank slower than any of them; mean and max are of successes. */
  summarize(failures: number): Latency;
}

export function createSpread(): Spread {
  const tally = createTally();
  const seen = { sumUs: 0, maxUs: 0 };
  return {
    histogram: tally.histogram,
    get count() {
      return tally.count;
    },
    record(us, bucket) {
      tally.record(us, bucket);
      seen.sumUs += us;
      if (us > seen.maxUs) seen.maxUs = us;
    },
    summarize(failures) {
      const { count } = tally;
      const at = (p: number): number | null => percentileWithFailures(tally, failures, p);
      return {
        count: count + failures,
        mean: count === 0 ? null : seen.sumUs / count / 1_000,
        p50: at(PERCENTILES.p50),
        p90: at(PERCENTILES.p90),
        p95: at(PERCENTILES.p95),
        p99: at(PERCENTILES.p99),
        p999: at(PERCENTILES.p999),
        max: count === 0 ? null : seen.maxUs / 1_000,
      };
    },
  };
}
