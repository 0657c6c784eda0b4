import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestByCount } from "../cheapest-by-count.ts";
import { expectedDelay } from "../loads/in-flight.ts";

export const algorithm: AlgorithmDefinition = {
  name: "shortest-expected-delay",
  summary: "The backend with the least (requests in flight + 1) / weight; ties at random.",
  reference: "Linux IPVS, ip_vs_sed.c",
  family: "by-load",
  weighted: true,
  create: (environment) => cheapestByCount(expectedDelay, environment),
};
