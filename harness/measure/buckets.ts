/**
 * Buckets of whole microseconds in HDR layout: exact below 2,048 us, then 1,024 per doubling, so that the middle of a bucket is off by
 * less than 0.05 %. G. Tene, HdrHistogram. The kernel's histogram hides its buckets; a bootstrap has to put thousands of histograms together.
 */
const HALF_BITS = 10;
export const MAX_US = 120_000_000;

export const BUCKETS = bucketOf(MAX_US) + 1;

/** The bucket of a value in microseconds, which may be fractional; what lies outside 0 to 120 s counts at the nearer end. */
export function bucketOf(us: number): number {
  const value = us >= MAX_US ? MAX_US : us > 0 ? Math.round(us) : 0;
  const shift = Math.max(0, 31 - Math.clz32(value) - HALF_BITS);
  return (shift << HALF_BITS) + (value >>> shift);
}

/** Smallest whole microseconds of a bucket. */
export function lowestOf(bucket: number): number {
  const shift = shiftOf(bucket);
  return (bucket - (shift << HALF_BITS)) * 2 ** shift;
}

/** Middle of a bucket in microseconds. */
export function middleOf(bucket: number): number {
  return lowestOf(bucket) + (2 ** shiftOf(bucket) - 1) / 2;
}

function shiftOf(bucket: number): number {
  return Math.max(0, (bucket >> HALF_BITS) - 1);
}
