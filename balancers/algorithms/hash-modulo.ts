import type { AlgorithmDefinition } from "../algorithm.ts";
import { hash32 } from "../hash.ts";
import { byKey } from "../hash-key.ts";

export const algorithm: AlgorithmDefinition = {
  name: "hash-modulo",
  summary: "By a hash of the key, modulo the eligible backends: most keys move when one leaves.",
  reference: "HAProxy, hash-type map-based; NGINX, hash",
  family: "by-key",
  weighted: false,
  create: ({ hashKey }) => ({
    pick: byKey(hashKey, (key, { eligible }) => eligible[hash32(key) % eligible.length]!),
  }),
};
