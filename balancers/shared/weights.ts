/** The smallest whole numbers in the ratio of `weights` (to a thousandth of the largest), each multiplied by at most `factor` and kept at or below `limit`. */
export function wholeWeights(weights: readonly number[], factor: number, limit: number): readonly number[] {
  const largest = Math.max(...weights);
  const rounded = weights.map((weight) => Math.max(1, Math.round((weight / largest) * SCALE)));
  const divisor = rounded.reduce(greatestCommonDivisor);
  const smallest = rounded.map((weight) => weight / divisor);
  const top = Math.max(...smallest);
  if (top > limit) return smallest.map((weight) => Math.max(1, Math.round((weight * limit) / top)));
  const multiple = Math.min(factor, Math.floor(limit / top));
  return smallest.map((weight) => weight * multiple);
}

/** Divisible by every small number, so that ratios such as 1 to 3 stay exact. */
const SCALE = 5_040;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
