import type { AlgorithmDefinition } from "../algorithm.ts";
import { hash32 } from "../hash.ts";

export const algorithm: AlgorithmDefinition = {
  name: "path-hash",
  summary: "By a hash of the path and query, modulo the eligible backends: most paths move when one leaves.",
  reference: "HAProxy, balance uri whole with hash-type map-based",
  family: "by-key",
  weighted: false,
  create: () => ({ pick: ({ path }, { eligible }) => eligible[hash32(path) % eligible.length]! }),
};
