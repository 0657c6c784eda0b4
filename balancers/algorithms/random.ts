import type { AlgorithmDefinition } from "../algorithm.ts";

export const algorithm: AlgorithmDefinition = {
  name: "random",
  summary: "Any backend, all alike.",
  reference: "with Poisson arrivals each backend is an M/G/1 queue: Kleinrock, Queueing Systems I (1975)",
  family: "static",
  weighted: false,
  create: ({ rng }) => ({ pick: (_request, { eligible }) => eligible[rng.int(eligible.length)]! }),
};
