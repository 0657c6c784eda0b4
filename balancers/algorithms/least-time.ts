import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestOf } from "../cheapest-of.ts";
import { createEwma } from "../loads/ewma.ts";

export const algorithm: AlgorithmDefinition = {
  name: "least-time",
  summary: "The backend with the lowest average latency x (requests in flight + 1); failures count as slow.",
  reference: "NGINX, ngx_http_upstream_least_time_module.c",
  family: "by-load",
  weighted: false,
  create: (environment) => cheapestOf(Number.POSITIVE_INFINITY, createEwma(environment.size), environment),
};
