import type { Algorithm, AlgorithmDefinition, AlgorithmEnvironment } from "../algorithm.ts";
import { hash32 } from "../hash.ts";
import { byKey } from "../hash-key.ts";
import { createMaglevTable, MAGLEV_SLOTS } from "../maglev-table.ts";

/** The table is of the members and is built again when one joined or left. */
function create({ hashKey }: AlgorithmEnvironment): Algorithm {
  let members = 0;
  let table: Int32Array | null = null;
  return {
    joined() {
      members++;
      table = null;
    },
    left() {
      members--;
      table = null;
    },
    pick: byKey(hashKey, (key, { eligible, weight }) => {
      const hash = hash32(key);
      const slot = hash % MAGLEV_SLOTS;
      if (eligible.length === members) {
        table ??= createMaglevTable(eligible, weight);
        return table[slot]!;
      }
      // Some were tried already: on to the next slot of another, without a table for this one request.
      for (let step = 0; table !== null && step < MAGLEV_SLOTS; step++) {
        const owner = table[(slot + step) % MAGLEV_SLOTS]!;
        if (eligible.includes(owner)) return owner;
      }
      return eligible[hash % eligible.length]!;
    }),
  };
}

export const algorithm: AlgorithmDefinition = {
  name: "maglev",
  summary:
    "By the key in a table of 65,537 slots: the evenest shares, and few keys move beside those of a backend that leaves.",
  reference: "Eisenbud et al., Maglev: A Fast and Reliable Software Network Load Balancer (NSDI 2016)",
  family: "by-key",
  weighted: true,
  create,
};
