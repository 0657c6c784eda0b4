import { createHistogram, type Histogram } from "#kernel/histogram.ts";
import { BUCKETS, bucketOf, lowestOf, MAX_US } from "./buckets.ts";

/** Counts of durations in the buckets of a histogram: many times faster to record, and the same histogram in the end. */
export interface Tally {
  readonly count: number;
  /** Throws on NaN. `bucket` is that of the duration, for who knows it already. */
  record(us: number, bucket?: number): void;
  /** What the histogram says, without making it. */
  atRank: Histogram["atRank"];
  histogram(): Histogram;
  /** Nothing counted any more. */
  clear(): void;
}

/** The shortest duration that a histogram knows. */
const LEAST_US = 1;

export function createTally(): Tally {
  const counts = new Uint32Array(BUCKETS);
  // In an object: a variable that closures share would be a new object for every number that is put into it.
  const seen = { count: 0, largest: 0 };
  return {
    get count() {
      return seen.count;
    },
    record(us, bucket = bucketOf(us)) {
      if (Number.isNaN(us)) throw new RangeError("a duration to record is NaN");
      counts[bucket]! += 1;
      seen.count += 1;
      if (us > seen.largest) seen.largest = us;
    },
    atRank(rank) {
      if (!(rank >= 1 && rank <= seen.count)) throw new RangeError(`rank ${rank} of ${seen.count} counts`);
      let bucket = 0;
      for (let upTo = counts[0]!; upTo < rank; ) upTo += counts[++bucket]!;
      const largest = Math.min(Math.max(Math.round(seen.largest), LEAST_US), MAX_US);
      return Math.min(Math.max(lowestOf(bucket + 1) - 1, LEAST_US), largest);
    },
    histogram() {
      const histogram = createHistogram();
      const last = bucketOf(seen.largest);
      for (let bucket = 0; bucket <= last; bucket++)
        if (counts[bucket] !== 0)
          // A histogram knows its largest value to the microsecond.
          histogram.record(bucket === last ? seen.largest : lowestOf(bucket), counts[bucket]);
      return histogram;
    },
    clear() {
      counts.fill(0);
      seen.count = seen.largest = 0;
    },
  };
}
