import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestOf } from "../cheapest-of.ts";
import { inFlight } from "../loads/in-flight.ts";

export const algorithm: AlgorithmDefinition = {
  name: "power-of-three-choices",
  summary: "Of three different backends drawn at random, the one with the fewest requests in flight.",
  reference: "Mitzenmacher, The Power of Two Choices in Randomized Load Balancing (2001), with d = 3",
  family: "by-load",
  weighted: false,
  create: (environment) => cheapestOf(3, inFlight, environment),
};
