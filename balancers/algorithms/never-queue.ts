import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestOf } from "../cheapest-of.ts";
import { expectedDelayUnlessIdle } from "../loads/in-flight.ts";

export const algorithm: AlgorithmDefinition = {
  name: "never-queue",
  summary: "An idle backend when there is one, otherwise the shortest expected delay; ties at random.",
  reference: "Linux IPVS, ip_vs_nq.c",
  family: "by-load",
  weighted: true,
  create: (environment) => cheapestOf(Number.POSITIVE_INFINITY, expectedDelayUnlessIdle, environment),
};
