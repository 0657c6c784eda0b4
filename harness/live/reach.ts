import { readComposedName } from "../../balancers/composed-name.ts";
import { rulesOf } from "../../balancers/overlay-rules.ts";
import type { Scenario } from "../../scenarios/scenario.ts";

/** What overlays leave a fresh balancer, all of whose backends are well. */
export interface Reach {
  readonly weights: ReadonlyMap<number, number>;
  /** How many of them one instance uses. */
  readonly used: number;
  /** Requests that may be in flight at once; infinity without a limit. */
  readonly mostTogether: number;
}

/** Addresses of the first tier where `priority` looks at them, a subset's size, the least of a limit. */
export function reachOf(
  name: string,
  addresses: readonly { readonly id: number; readonly weight: number; readonly priority?: number }[],
  { contestants }: Pick<Scenario, "contestants">,
): Reach {
  const rules = readComposedName(name).overlays.length === 0 ? {} : rulesOf(name, contestants.overlays);
  const first = Math.min(...addresses.map(({ priority = 0 }) => priority));
  const there = addresses.filter(({ priority = 0 }) => rules.priority === undefined || priority === first);
  // With both, how many of an instance's subset are of the first tier is the shuffle's secret.
  const both = rules.priority !== undefined && rules.subset !== undefined;
  return {
    weights: new Map((both ? addresses : there).map(({ id, weight }) => [id, weight])),
    used: both ? 1 : Math.min(rules.subset?.size ?? there.length, there.length),
    mostTogether: rules["concurrency-limit"]?.min ?? Number.POSITIVE_INFINITY,
  };
}
