import type { Rng } from "#kernel/rng.ts";

/** Draws a position with probability weight / sum of weights in O(1): Walker (1977), built as Vose (1991) does, in O(n). */
export function createAliasTable(weights: readonly number[]): (rng: Rng) => number {
  const size = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const share = Float64Array.from(weights, (weight) => (weight * size) / total);
  const alias = Int32Array.from(weights, (_, at) => at);
  const small: number[] = [];
  const large: number[] = [];
  for (const [at, value] of share.entries()) (value < 1 ? small : large).push(at);
  while (small.length > 0 && large.length > 0) {
    const poor = small.pop()!;
    const rich = large.at(-1)!;
    alias[poor] = rich;
    share[rich]! -= 1 - share[poor]!;
    if (share[rich]! < 1) small.push(large.pop()!);
  }
  // What is left over differs from 1 by rounding only.
  for (const at of [...small, ...large]) share[at] = 1;
  return (rng) => {
    const at = rng.int(size);
    return rng.next() < share[at]! ? at : alias[at]!;
  };
}
