import type { AlgorithmDefinition } from "../algorithm.ts";
import { onRing } from "../hash-ring.ts";

export const algorithm: AlgorithmDefinition = {
  name: "consistent-hash",
  summary:
    "By the key on a ring of 160 points per unit of weight: only the keys of a backend that leaves move.",
  reference:
    "Karger et al., Consistent Hashing and Random Trees (1997); libketama; NGINX, hash ... consistent",
  family: "by-key",
  weighted: true,
  create: (environment) => onRing(environment),
};
