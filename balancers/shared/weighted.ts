import { algorithms } from "../algorithms/registry.ts";

/** True when the algorithm's definition follows the weights; the others are told equal weights everywhere, so that one name means one rule at every balancer. */
export function honoursWeights(algorithm: string): boolean {
  return algorithms.some((definition) => definition.name === algorithm && definition.weighted);
}
