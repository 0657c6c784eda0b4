import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment } from "../algorithm.ts";

/** The start is random, so that several balancers do not march in step. */
function create({ rng, size }: AlgorithmEnvironment): Algorithm {
  let last = rng.int(size);
  let position = -1;
  return {
    pick(_request, { eligible }) {
      position =
        eligible[position] === last ? (position + 1) % eligible.length : nextAfter(last, eligible, size);
      last = eligible[position]!;
      return last;
    },
  };
}

/** Position of the eligible backend that follows `last` in the circle of all backends. */
function nextAfter(last: number, eligible: readonly number[], size: number): number {
  const distance = (backend: number) => (backend - last - 1 + size) % size;
  let nearest = 0;
  for (let at = 1; at < eligible.length; at++) {
    if (distance(eligible[at]!) < distance(eligible[nearest]!)) nearest = at;
  }
  return nearest;
}

export const algorithm: AlgorithmDefinition = {
  name: "round-robin",
  summary: "Backends in turn, from a random start.",
  reference: "Nagle, On Packet Switches with Infinite Storage (RFC 970, 1985)",
  family: "static",
  weighted: false,
  create,
};
