import type { Algorithm, AlgorithmEnvironment, BackendIndex, Pool } from "./algorithm.ts";
import { cheapestOf } from "./cheapest-of.ts";
import { createCostBuckets } from "./cost-buckets.ts";
import type { Load } from "./load.ts";

/**
 * The cheapest of all, ties uniformly at random, as `cheapestOf` with infinitely many choices finds it, without looking at all of them.
 * For a load that learns nothing and whose cost of a backend depends on what that one has in flight and on its weight, and on nothing else;
 * the weight is read when the backend joined.
 */
export function cheapestByCount(
  { cost }: Pick<Load, "cost">,
  { rng, size }: Pick<AlgorithmEnvironment, "rng" | "size">,
): Algorithm {
  const scan = cheapestOf(Number.POSITIVE_INFINITY, { cost }, { rng });
  const seen: Pool = { eligible: [], inflight: new Int32Array(size), weight: new Float64Array(size) };
  const buckets = createCostBuckets(size);
  /** Joined since the last pick: only a pick tells weights. */
  const newcomers = new Set<BackendIndex>();

  const count = (backend: BackendIndex, change: 1 | -1, now: number): void => {
    seen.inflight[backend]! += change;
    if (buckets.has(backend)) buckets.set(backend, cost(backend, seen, now));
  };
  const enrol = (weight: Float64Array, now: number): void => {
    for (const backend of newcomers) {
      seen.weight[backend] = weight[backend]!;
      buckets.set(backend, cost(backend, seen, now));
    }
    newcomers.clear();
  };
  return {
    joined(backend) {
      newcomers.add(backend);
    },
    left(backend) {
      newcomers.delete(backend);
      buckets.remove(backend);
    },
    started: (backend, now) => count(backend, 1, now),
    finished: ({ backend }, now) => count(backend, -1, now),
    pick(request, pool, now) {
      if (newcomers.size > 0) enrol(pool.weight, now);
      // Fewer than there are members: some were tried already. The buckets know nothing of that, and it is rare.
      return pool.eligible.length === buckets.members
        ? buckets.drawCheapest(rng)
        : scan.pick(request, pool, now);
    },
  };
}
