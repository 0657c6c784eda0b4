import type { AlgorithmDefinition } from "../algorithm.ts";
import { onRing } from "../hash-ring.ts";

export const algorithm: AlgorithmDefinition = {
  name: "consistent-path-hash",
  summary:
    "By path and query on a ring of 160 points per unit of weight: only the paths of a backend that leaves move.",
  reference: "Karger et al., Consistent Hashing and Random Trees (1997); NGINX, hash $request_uri consistent",
  family: "by-key",
  weighted: true,
  create: (environment) => onRing({ ...environment, hashKey: "path" }),
};
