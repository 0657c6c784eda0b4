import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestOfRepeated } from "../cheapest-of.ts";
import { inFlight } from "../loads/in-flight.ts";

export const algorithm: AlgorithmDefinition = {
  name: "power-of-two-choices-with-replacement",
  summary: "Of two backends drawn at random, which may be the same, the one with fewer requests in flight.",
  reference: "Azar, Broder, Karlin, Upfal, Balanced Allocations (1999); HAProxy, balance random(2)",
  family: "by-load",
  weighted: false,
  create: (environment) => cheapestOfRepeated(2, inFlight, environment),
};
