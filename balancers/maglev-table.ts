import type { BackendIndex } from "./algorithm.ts";
import { hash32 } from "./hash.ts";

/** A prime; at least 100 times the backends keeps their shares within 1 %. */
export const MAGLEV_SLOTS = 65_537;

/**
 * The owner of each slot. Backends take turns to claim the next free slot of an order of their own, so shares are as even as the
 * slots allow and little moves when one leaves. Eisenbud et al., Maglev (NSDI 2016), section 3.4. With
 * weights, a backend has its turn when its weight, as a share of the largest, has added up to one.
 */
export function createMaglevTable(
  backends: readonly BackendIndex[],
  weight: Float64Array,
  slots: number = MAGLEV_SLOTS,
): Int32Array {
  const table = new Int32Array(slots).fill(-1);
  const next = Int32Array.from(backends, (backend) => hash32(`${backend}`) % slots);
  const skip = Int32Array.from(backends, (backend) => (hash32(`${backend}-skip`) % (slots - 1)) + 1);
  const largest = backends.reduce((most, backend) => Math.max(most, weight[backend]!), 0);
  const pace = Float64Array.from(backends, (backend) => weight[backend]! / largest);
  const due = new Float64Array(backends.length);
  let filled = 0;
  for (;;) {
    for (let at = 0; at < backends.length; at++) {
      due[at]! += pace[at]!;
      if (due[at]! < 1) continue;
      due[at]! -= 1;
      let slot = next[at]!;
      while (table[slot] !== -1) slot = (slot + skip[at]!) % slots;
      table[slot] = backends[at]!;
      next[at] = (slot + skip[at]!) % slots;
      if (++filled === slots) return table;
    }
  }
}
