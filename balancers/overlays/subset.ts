import { z } from "zod";
import { createRng } from "#kernel/rng.ts";
import type { BackendIndex } from "../algorithm.ts";
import type { OverlayDefinition } from "../overlay.ts";

const schema = z.strictObject({
  size: z.int().min(1).default(20).describe("backends that one balancer instance uses"),
});
export type SubsetRule = z.output<typeof schema>;

export const overlay = {
  name: "subset",
  summary: "each balancer instance uses so many of the backends, spread evenly over the instances",
  reference: "deterministic subsetting: Beyer et al., Site Reliability Engineering (2016), chapter 20",
  stage: "filter",
  schema,
} as const satisfies OverlayDefinition;

/**
 * The backends of one instance (from 0), ascending. Instances are dealt out in rounds: each round shuffles all backends anew, and its
 * instances take consecutive slices, so that two of a round share none.
 */
export function subsetOf(
  rule: SubsetRule,
  { size, instance, seed }: { readonly size: number; readonly instance: number; readonly seed: number },
): readonly BackendIndex[] {
  const all = Array.from({ length: size }, (_, backend) => backend);
  if (rule.size >= size) return all;
  const perRound = Math.floor(size / rule.size);
  const rng = createRng(seed)
    .fork("subset")
    .fork(Math.floor(instance / perRound));
  for (let last = size - 1; last > 0; last--) {
    const other = rng.int(last + 1);
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  const first = (instance % perRound) * rule.size;
  return all.slice(first, first + rule.size).sort((a, b) => a - b);
}
