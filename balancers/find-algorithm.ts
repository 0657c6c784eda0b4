import type { AlgorithmDefinition } from "./algorithm.ts";
import { algorithms } from "./algorithms/registry.ts";
import { cheapestOf, cheapestOfRepeated } from "./cheapest-of.ts";
import { type Choices, readChoicesName } from "./choices-name.ts";
import { inFlight } from "./loads/in-flight.ts";

/** One of ours by its name: a file of the registry, or the power of any number of choices. Undefined when there is none. */
export function findAlgorithm(name: string): AlgorithmDefinition | undefined {
  const choices = readChoicesName(name);
  return choices === null ? algorithms.find((each) => each.name === name) : powerOf(name, choices);
}

/** With as many backends as choices, or fewer, it looks at all of them. */
function powerOf(name: string, { choices, withReplacement }: Choices): AlgorithmDefinition {
  const drawn = withReplacement
    ? `${choices} backends drawn at random, which may be the same,`
    : `${choices} different backends drawn at random,`;
  const draw = withReplacement ? cheapestOfRepeated : cheapestOf;
  return {
    name,
    summary: `Of ${drawn} the one with the fewest requests in flight.`,
    reference: `Mitzenmacher, The Power of Two Choices in Randomized Load Balancing (2001), with d = ${choices}`,
    family: "by-load",
    weighted: false,
    create: (environment) => draw(choices, inFlight, environment),
  };
}
