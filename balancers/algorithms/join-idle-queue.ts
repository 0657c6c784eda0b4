import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment } from "../algorithm.ts";
import { createInFlightBuckets } from "../in-flight-buckets.ts";

/** Idle is what this balancer has nothing in flight at: with several balancers each knows its own idle backends only. */
function create({ rng, size }: AlgorithmEnvironment): Algorithm {
  const buckets = createInFlightBuckets(size);
  const { joined, left, started, finished } = buckets;
  return {
    joined,
    left,
    started,
    finished,
    pick(_request, { eligible, inflight }) {
      if (eligible.length === buckets.members)
        return buckets.lowest === 0 ? buckets.drawLowest(rng) : eligible[rng.int(eligible.length)]!;
      const idle = eligible.filter((backend) => inflight[backend] === 0);
      const offered = idle.length > 0 ? idle : eligible;
      return offered[rng.int(offered.length)]!;
    },
  };
}

export const algorithm: AlgorithmDefinition = {
  name: "join-idle-queue",
  summary: "An idle backend at random when there is one, otherwise any backend at random.",
  reference:
    "Lu, Xie, Kliot, Geller, Larus, Greenberg, Join-Idle-Queue: A Novel Load Balancing Algorithm (2011)",
  family: "by-load",
  weighted: false,
  create,
};
