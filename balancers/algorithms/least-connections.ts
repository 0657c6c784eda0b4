import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment } from "../algorithm.ts";
import { cheapestOf } from "../cheapest-of.ts";
import { createInFlightBuckets } from "../in-flight-buckets.ts";
import { inFlight } from "../loads/in-flight.ts";

function create({ rng, size }: AlgorithmEnvironment): Algorithm {
  const buckets = createInFlightBuckets(size);
  const scan = cheapestOf(Number.POSITIVE_INFINITY, inFlight, { rng });
  const { joined, left, started, finished } = buckets;
  return {
    joined,
    left,
    started,
    finished,
    // Fewer than there are members: some were tried already. The buckets know nothing of that, and it is rare.
    pick: (request, pool, now) =>
      pool.eligible.length === buckets.members ? buckets.drawLowest(rng) : scan.pick(request, pool, now),
  };
}

export const algorithm: AlgorithmDefinition = {
  name: "least-connections",
  summary: "The backend with the fewest requests in flight; ties at random.",
  reference: "join the shortest queue: Winston, Optimality of the Shortest Line Discipline (1977)",
  family: "by-load",
  weighted: false,
  create,
};
