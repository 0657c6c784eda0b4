import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment, BackendIndex } from "./algorithm.ts";

/**
 * One algorithm per tier, each with state of its own: an order of turns, a ring or a table is for the backends of one tier. Whoever offers
 * a pool takes care that all of it is of one tier.
 */
export function createTiered(
  definition: Pick<AlgorithmDefinition, "create">,
  priorities: readonly number[],
  { rng, hashKey }: Pick<AlgorithmEnvironment, "rng" | "hashKey">,
): Algorithm {
  const size = priorities.length;
  const levels = [...new Set(priorities)].sort((a, b) => a - b);
  const algorithms = levels.map((level) =>
    definition.create({
      rng: level === levels[0] ? rng : rng.fork(level),
      size,
      ...(hashKey === undefined ? {} : { hashKey }),
    }),
  );
  const of = priorities.map((priority) => algorithms[levels.indexOf(priority)]!);
  const at = (backend: BackendIndex): Algorithm => of[backend]!;
  let latest = algorithms[0]!;
  return {
    pick: (request, pool, now) => at(pool.eligible[0]!).pick(request, pool, now),
    joined: (backend, now) => at(backend).joined?.(backend, now),
    left: (backend, now) => at(backend).left?.(backend, now),
    started(backend, now) {
      latest = at(backend);
      latest.started?.(backend, now);
    },
    finished: (outcome, now) => at(outcome.backend).finished?.(outcome, now),
    // Each tier asks about its own backends, after a request of its own.
    probes: (now) => latest.probes?.(now) ?? [],
    probed: (backend, answer, now) => at(backend).probed?.(backend, answer, now),
  };
}
