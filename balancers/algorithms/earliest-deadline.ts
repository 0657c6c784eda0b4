import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment } from "../algorithm.ts";
import { createIndexedHeap } from "../indexed-heap.ts";

/**
 * Each backend is due every 1/weight; the one that is due first is next. The first deadline lies anywhere in the first
 * period, so that several balancers, and the backends that join one, do not march in step.
 */
function create({ rng, size }: AlgorithmEnvironment): Algorithm {
  const heap = createIndexedHeap(size);
  const deadline = new Float64Array(size);
  const newcomers = new Set<number>();
  let clock = 0;

  return {
    joined(backend) {
      newcomers.add(backend);
    },
    left(backend) {
      newcomers.delete(backend);
      heap.remove(backend);
    },
    pick(_request, { eligible, weight }) {
      for (const backend of newcomers) {
        deadline[backend] = clock + rng.next() / weight[backend]!;
        heap.set(backend, deadline[backend]!);
      }
      newcomers.clear();
      // Fewer than there are: some were tried already, which is rare.
      const next =
        eligible.length === heap.length
          ? heap.least()
          : eligible.reduce((first, backend) => (deadline[backend]! < deadline[first]! ? backend : first));
      // Not back: who was passed over while it was tried stays due.
      clock = Math.max(clock, deadline[next]!);
      deadline[next]! += 1 / weight[next]!;
      heap.set(next, deadline[next]!);
      return next;
    },
  };
}

export const algorithm: AlgorithmDefinition = {
  name: "earliest-deadline",
  summary: "By weight: a backend is due every 1/weight, and who is due first is next; the start is random.",
  reference: "Demers, Keshav, Shenker, Analysis and Simulation of a Fair Queueing Algorithm (1989); gRFC A58",
  family: "static",
  weighted: true,
  create,
};
