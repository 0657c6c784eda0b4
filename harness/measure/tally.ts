import { createHistogram, type Histogram } from "#kernel/histogram.ts";
import { BUCKETS, bucketOf, lowestOf } from "./buckets.ts";

/** Counts of durations in the buckets of a histogram: many times faster to record, and the same histogram in the end. */
export interface Tally {
  /** Throws on NaN. */
  record(us: number): void;
  histogram(): Histogram;
}

export function createTally(): Tally {
  const counts = new Uint32Array(BUCKETS);
  let largest = 0;
  return {
    record(us) {
      if (Number.isNaN(us)) throw new RangeError("a duration to record is NaN");
      counts[bucketOf(us)]! += 1;
      if (us > largest) largest = us;
    },
    histogram() {
      const histogram = createHistogram();
      const last = bucketOf(largest);
      for (let bucket = 0; bucket <= last; bucket++)
        if (counts[bucket] !== 0)
          // A histogram knows its largest value to the microsecond.
          histogram.record(bucket === last ? largest : lowestOf(bucket), counts[bucket]);
      return histogram;
    },
  };
}
