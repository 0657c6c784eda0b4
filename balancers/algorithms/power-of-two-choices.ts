import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestOf } from "../cheapest-of.ts";
import { inFlight } from "../loads/in-flight.ts";

export const algorithm: AlgorithmDefinition = {
  name: "power-of-two-choices",
  summary: "Of two different backends drawn at random, the one with fewer requests in flight.",
  reference: "Mitzenmacher, The Power of Two Choices in Randomized Load Balancing (2001)",
  family: "by-load",
  weighted: false,
  create: (environment) => cheapestOf(2, inFlight, environment),
};
