import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestByCount } from "../cheapest-by-count.ts";
import { inFlightPerWeight } from "../loads/in-flight.ts";

export const algorithm: AlgorithmDefinition = {
  name: "weighted-least-connections",
  summary: "The backend with the fewest requests in flight per unit of weight; ties at random.",
  reference: "NGINX, least_conn with weights; Linux IPVS, wlc",
  family: "by-load",
  weighted: true,
  create: (environment) => cheapestByCount(inFlightPerWeight, environment),
};
