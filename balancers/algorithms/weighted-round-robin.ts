import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment } from "../algorithm.ts";

/** Every pick credits each backend with its weight; the richest is chosen and pays the sum of the credits. */
function create({ size }: AlgorithmEnvironment): Algorithm {
  const credit = new Float64Array(size);
  return {
    pick(_request, { eligible, weight }) {
      let richest = eligible[0]!;
      let total = 0;
      for (const backend of eligible) {
        credit[backend]! += weight[backend]!;
        total += weight[backend]!;
        if (credit[backend]! > credit[richest]!) richest = backend;
      }
      credit[richest]! -= total;
      return richest;
    },
  };
}

export const algorithm: AlgorithmDefinition = {
  name: "weighted-round-robin",
  summary: "In turn by weight, evenly spread: a a b a c a a for 5:1:1.",
  reference: "smooth weighted round robin: NGINX, ngx_http_upstream_round_robin.c",
  family: "static",
  weighted: true,
  create,
};
