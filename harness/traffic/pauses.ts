import { createDistribution, type DistributionSpec } from "#kernel/distribution.ts";
import { createRng, type Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";

export interface Pauses {
  readonly meanMs: Millis;
  /** Before request k, from (seed, k) alone. */
  before(k: number): Millis;
  /** What is left of a pause for who looks at an instant of no meaning. */
  rest(rng: Rng): Millis;
}

const CANDIDATES = 16;

export function createPauses(think: DistributionSpec, seed: number): Pauses {
  const { mean, sample } = createDistribution(think);
  const root = createRng(seed).fork("think");
  const stream = root.fork("any");
  return {
    meanMs: mean,
    before: (k) => sample(root.fork(k, stream)),
    // An instant falls into a pause with a probability in proportion to its length: one of several by length, and then anywhere in it.
    rest(rng) {
      const found = Array.from({ length: CANDIDATES }, () => sample(rng));
      let left = rng.next() * found.reduce((sum, length) => sum + length, 0);
      let chosen = 0;
      for (const length of found) {
        chosen = length;
        left -= length;
        if (left < 0) break;
      }
      return chosen * rng.next();
    },
  };
}
