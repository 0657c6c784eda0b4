import { findAlgorithm } from "../find-algorithm.ts";

/** True when the algorithm's definition follows the weights; the others are told equal weights everywhere, so that one name means one rule at every balancer. */
export function honoursWeights(algorithm: string): boolean {
  return findAlgorithm(algorithm)?.weighted === true;
}
