import type { AlgorithmDefinition } from "../algorithm.ts";
import { cheapestOf } from "../cheapest-of.ts";
import { createPeakEwma } from "../loads/peak-ewma.ts";

export const algorithm: AlgorithmDefinition = {
  name: "peak-ewma",
  summary:
    "Of two different backends drawn at random, the one with the lower recent peak latency x requests in flight.",
  reference: "Finagle, PeakEwma.scala; Linkerd",
  family: "by-load",
  weighted: false,
  create: (environment) => cheapestOf(2, createPeakEwma(environment.size), environment),
};
