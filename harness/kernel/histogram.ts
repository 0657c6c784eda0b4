/** HDR histograms of durations in microseconds, and percentiles in which failures rank slower than any success. */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram as HdrHistogram,
} from "hdr-histogram-js";
import type { Millis } from "./units.ts";

const LOWEST_US = 1;
const HIGHEST_US = 120_000_000;
const SIGNIFICANT_DIGITS = 3;
const REQUESTS_BEYOND = 10;

/** Counts of durations from 1 us to 120 s with 3 significant digits; what lies outside counts at the nearer end. */
export interface Histogram {
  readonly count: number;
  /** Microseconds, to the resolution; NaN when empty. */
  readonly mean: number;
  /** Microseconds, to the resolution; NaN when empty. */
  readonly max: number;
  /** Throws on NaN. `count` of them alike, at least 1. */
  record(us: number, count?: number): void;
  /** Adds all counts of `other` to this one. */
  add(other: Histogram): void;
  /** Smallest microseconds that a share `p` in [0, 1] of the counts does not exceed, to the resolution; NaN when empty. */
  quantile(p: number): number;
  /** Microseconds at the rank from 1 to count, to the resolution. */
  atRank(rank: number): number;
  /** HdrHistogram V2, compressed, base64. */
  encode(): string;
}

class Recorder implements Histogram {
  readonly #hdr: HdrHistogram;

  constructor(hdr: HdrHistogram) {
    this.#hdr = hdr;
  }

  get count(): number {
    return this.#hdr.totalCount;
  }

  get mean(): number {
    return this.count === 0 ? Number.NaN : this.#hdr.mean;
  }

  get max(): number {
    return this.count === 0 ? Number.NaN : this.#hdr.maxValue;
  }

  record(us: number, count = 1): void {
    if (Number.isNaN(us)) throw new RangeError("a duration to record is NaN");
    this.#hdr.recordValueWithCount(Math.min(Math.max(Math.round(us), LOWEST_US), HIGHEST_US), count);
  }

  add(other: Histogram): void {
    if (!(other instanceof Recorder)) throw new TypeError("only histograms of this module can be added");
    this.#hdr.add(other.#hdr);
  }

  quantile(p: number): number {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`a quantile is from 0 to 1, got ${p}`);
    return this.count === 0 ? Number.NaN : this.atRank(rankOf(p, this.count));
  }

  atRank(rank: number): number {
    if (!(rank >= 1 && rank <= this.count)) throw new RangeError(`rank ${rank} of ${this.count} counts`);
    // Half a rank below: the library rounds up, and would lose whole ranks to floating point.
    const value = this.#hdr.getValueAtPercentile(((rank - 0.5) / this.count) * 100);
    return Math.min(value, this.#hdr.maxValue);
  }

  encode(): string {
    return encodeIntoCompressedBase64(this.#hdr);
  }
}

export function createHistogram(): Histogram {
  return new Recorder(
    build({
      lowestDiscernibleValue: LOWEST_US,
      highestTrackableValue: HIGHEST_US,
      numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
      bitBucketSize: 32,
      autoResize: false,
      useWebAssembly: false,
    }),
  );
}

/** The histogram that `encode` gave; throws when the text is not one. */
export function decodeHistogram(text: string): Histogram {
  return new Recorder(decodeFromCompressedBase64(text, 32, false));
}

/** Position, from 1, of the percentile `p` among `count` ordered values. */
export function rankOf(p: number, count: number): number {
  return Math.min(Math.max(Math.ceil(p * count - 1e-6), 1), count);
}

/** A percentile is worth printing when at least 10 requests lie beyond it; `p` in [0, 1]. */
export function percentileIsPrintable(p: number, requests: number): boolean {
  return requests > 0 && requests - rankOf(p, requests) >= REQUESTS_BEYOND;
}

/**
 * Percentile `p` in [0, 1] over successes and failures, a failure being slower than any success. Null when it falls
 * among the failures or is not printable.
 */
export function percentileWithFailures(
  successes: Pick<Histogram, "count" | "atRank">,
  failures: number,
  p: number,
): Millis | null {
  const requests = successes.count + failures;
  if (!percentileIsPrintable(p, requests)) return null;
  const rank = rankOf(p, requests);
  return rank > successes.count ? null : successes.atRank(rank) / 1_000;
}
