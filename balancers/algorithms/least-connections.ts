import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestOf } from "../cheapest-of.ts";
import { inFlight } from "../loads/in-flight.ts";

export const algorithm: AlgorithmDefinition = {
  name: "least-connections",
  summary: "The backend with the fewest requests in flight; ties at random.",
  reference: "join the shortest queue: Winston, Optimality of the Shortest Line Discipline (1977)",
  family: "by-load",
  weighted: false,
  create: (environment) => cheapestOf(Number.POSITIVE_INFINITY, inFlight, environment),
};
