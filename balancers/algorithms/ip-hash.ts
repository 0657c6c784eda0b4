import type { AlgorithmDefinition } from "../algorithm.ts";
import { hash32 } from "../hash.ts";

/** Modulo the eligible backends, as `hash-type map-based` of HAProxy: when one leaves, most clients move. */
export const algorithm: AlgorithmDefinition = {
  name: "ip-hash",
  summary:
    "By a hash of the whole client address, modulo the eligible backends: most clients move when one leaves.",
  reference: "HAProxy, balance source with hash-type map-based",
  family: "by-key",
  weighted: false,
  create: () => ({
    pick: ({ clientAddress }, { eligible }) => eligible[hash32(clientAddress) % eligible.length]!,
  }),
};
