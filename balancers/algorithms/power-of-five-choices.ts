import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestOf } from "../cheapest-of.ts";
import { inFlight } from "../loads/in-flight.ts";

export const algorithm: AlgorithmDefinition = {
  name: "power-of-five-choices",
  summary: "Of five different backends drawn at random, the one with the fewest requests in flight.",
  reference: "Mitzenmacher, The Power of Two Choices in Randomized Load Balancing (2001), with d = 5",
  family: "by-load",
  weighted: false,
  create: (environment) => cheapestOf(5, inFlight, environment),
};
