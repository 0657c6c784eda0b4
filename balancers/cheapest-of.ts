import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { Algorithm, BackendIndex, Pool } from "./algorithm.ts";
import type { Load } from "./load.ts";

/**
 * The half of an algorithm that chooses: the cheapest of `choices` distinct backends drawn uniformly, ties uniformly at
 * random; of all when there are no more than `choices` (`Infinity`: always of all).
 * Azar, Broder, Karlin, Upfal (1999); Mitzenmacher (2001).
 */
export function cheapestOf(choices: number, load: Load, { rng }: { readonly rng: Rng }): Algorithm {
  const { cost, ...learning } = load;
  const drawn: BackendIndex[] = [];
  return {
    ...learning,
    pick: (_request, pool, now) =>
      pool.eligible.length <= choices
        ? cheapestOfAll(pool, cost, rng, now)
        : cheapestDrawn(choices, pool, cost, rng, now, drawn),
  };
}

function cheapestOfAll(pool: Pool, cost: Load["cost"], rng: Rng, now: Millis): BackendIndex {
  let cheapest = pool.eligible[0]!;
  let lowest = Number.POSITIVE_INFINITY;
  let ties = 1;
  for (const backend of pool.eligible) {
    const candidate = cost(backend, pool, now);
    if (candidate < lowest) {
      cheapest = backend;
      lowest = candidate;
      ties = 1;
    } else if (candidate === lowest && rng.int(++ties) === 0) {
      cheapest = backend;
    }
  }
  return cheapest;
}

/** The order of the draws is itself uniform, so the first of equals is one at random. `drawn` is room for the choices, used again. */
function cheapestDrawn(
  choices: number,
  pool: Pool,
  cost: Load["cost"],
  rng: Rng,
  now: Millis,
  drawn: BackendIndex[],
): BackendIndex {
  const { eligible } = pool;
  let count = 0;
  let cheapest = eligible[0]!;
  let lowest = Number.POSITIVE_INFINITY;
  while (count < choices) {
    const backend = eligible[rng.int(eligible.length)]!;
    let at = 0;
    while (at < count && drawn[at] !== backend) at++;
    if (at < count) continue;
    drawn[count++] = backend;
    const candidate = cost(backend, pool, now);
    if (candidate < lowest) {
      cheapest = backend;
      lowest = candidate;
    }
  }
  return cheapest;
}

/** The cheapest of `choices` backends drawn uniformly and independently, so that one may be drawn again; ties uniformly at random. */
export function cheapestOfRepeated(choices: number, load: Load, { rng }: { readonly rng: Rng }): Algorithm {
  const { cost, ...learning } = load;
  return {
    ...learning,
    pick(_request, pool, now) {
      const draw = () => pool.eligible[rng.int(pool.eligible.length)]!;
      let cheapest = draw();
      for (let drawn = 1; drawn < choices; drawn++) {
        const backend = draw();
        if (cost(backend, pool, now) < cost(cheapest, pool, now)) cheapest = backend;
      }
      return cheapest;
    },
  };
}
