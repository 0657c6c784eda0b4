import { readComposedName } from "../balancers/composed-name.ts";
import { ON_A_RING, pointsOf } from "../balancers/hash-ring.ts";
import type { Finding } from "./problem.ts";
import type { Scenario } from "./scenario.ts";

/** Of all rings of a contestant: half a gigabyte, and twice what 100,000 backends of weight 1 need. */
const MOST_POINTS = 2 ** 25;

/** Every instance of a balancer keeps a ring with 160 points per unit of weight; too many would take all memory. */
export function ringsFit({ backends, contestants, membership }: Scenario): readonly Finding[] {
  const at = contestants.algorithms.findIndex((name) => ON_A_RING.includes(readComposedName(name).algorithm));
  if (at === -1) return [];
  const largest = new Map<number, number>();
  for (const { backend, weight } of backends.override) largest.set(backend, weight ?? 1);
  for (const change of membership) {
    if (change.change === "weight")
      largest.set(change.backend, Math.max(change.weight, largest.get(change.backend) ?? 1));
  }
  let points = (backends.count - largest.size) * pointsOf(1);
  for (const weight of largest.values()) points += pointsOf(weight);
  points *= contestants.instances;
  if (points <= MOST_POINTS) return [];
  const many = (value: number): string => value.toLocaleString("en");
  const message = `a ring has 160 points per unit of weight, here ${many(points)} in all instances together; at most ${many(MOST_POINTS)}: take smaller weights (only their ratios count), fewer backends or instances, or maglev`;
  return [{ path: ["contestants", "algorithms", at], message }];
}
