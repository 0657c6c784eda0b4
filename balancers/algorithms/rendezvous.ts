import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment } from "../algorithm.ts";
import { hash32, mix32 } from "../hash.ts";
import { byKey } from "../hash-key.ts";

/**
 * Every backend draws a number for the key, uniform u in (0, 1), and the highest weight / -ln u wins: the first of exponential
 * clocks that run as fast as the weights, so shares are exactly theirs.
 */
function create({ size, hashKey }: AlgorithmEnvironment): Algorithm {
  const salt = Uint32Array.from({ length: size }, (_, backend) => hash32(`${backend}`));
  return {
    pick: byKey(hashKey, (text, { eligible, weight }) => {
      const key = hash32(text);
      let winner = eligible[0]!;
      let highest = 0;
      for (const backend of eligible) {
        const uniform = (mix32(key ^ salt[backend]!) + 0.5) / 2 ** 32;
        const score = weight[backend]! / -Math.log(uniform);
        if (score > highest) {
          winner = backend;
          highest = score;
        }
      }
      return winner;
    }),
  };
}

export const algorithm: AlgorithmDefinition = {
  name: "rendezvous",
  summary:
    "By the key: the backend with the highest hash for it; only the keys of a backend that leaves move.",
  reference: "Thaler, Ravishankar, Using Name-Based Mappings to Increase Hit Rates (1998)",
  family: "by-key",
  weighted: true,
  create,
};
