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
  const draws: Draws = { latest: new Float64Array(0), picks: 0 };
  return {
    ...learning,
    pick: (_request, pool, now) =>
      pool.eligible.length <= choices
        ? cheapestOfAll(pool, cost, rng, now)
        : cheapestDrawn(choices, pool, cost, rng, now, draws),
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

/** By backend, the number of the pick that drew it last: whether it was drawn already is one look, however many choices there are. */
interface Draws {
  latest: Float64Array;
  picks: number;
}

/** The order of the draws is itself uniform, so the first of equals is one at random. */
function cheapestDrawn(
  choices: number,
  pool: Pool,
  cost: Load["cost"],
  rng: Rng,
  now: Millis,
  draws: Draws,
): BackendIndex {
  const { eligible } = pool;
  if (draws.latest.length < pool.weight.length) draws.latest = new Float64Array(pool.weight.length);
  const { latest } = draws;
  const pick = ++draws.picks;
  let count = 0;
  let cheapest = eligible[0]!;
  let lowest = Number.POSITIVE_INFINITY;
  while (count < choices) {
    const backend = eligible[rng.int(eligible.length)]!;
    if (latest[backend] === pick) continue;
    latest[backend] = pick;
    count++;
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
