import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestByCount } from "../cheapest-by-count.ts";
import { expectedDelayUnlessIdle } from "../loads/in-flight.ts";

export const algorithm: AlgorithmDefinition = {
  name: "never-queue",
  summary: "An idle backend when there is one, otherwise the shortest expected delay; ties at random.",
  reference: "Linux IPVS, ip_vs_nq.c",
  family: "by-load",
  weighted: true,
  create: (environment) => cheapestByCount(expectedDelayUnlessIdle, environment),
};
