/** True when the algorithm's definition follows the weights; the others are told weight 1 everywhere, so that one name means one rule at every balancer. */
export function honoursWeights(algorithm: string): boolean {
  return WEIGHTED.has(algorithm);
}

const WEIGHTED: ReadonlySet<string> = new Set(["weighted-round-robin"]);
