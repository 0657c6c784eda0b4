import type { Millis } from "#kernel/units.ts";
import type { BackendIndex } from "./algorithm.ts";
import type { BackendAddress, BalancerSpec } from "./balancer.ts";
import type { Dispatcher } from "./dispatcher.ts";

/** Who is a backend, told to a balancer while it runs; backends by their id, from 1. */
export type MembershipChange =
  | { readonly change: "add" | "remove"; readonly backend: number }
  | { readonly change: "weight"; readonly backend: number; readonly weight: number };

/** Changes what a dispatcher knows of `backend`, its number there. */
export function applyChange(
  dispatcher: Dispatcher,
  backend: BackendIndex,
  one: MembershipChange,
  now: Millis,
): void {
  if (one.change === "weight") dispatcher.reweigh(backend, one.weight, now);
  else if (one.change === "add") dispatcher.add(backend, now);
  else dispatcher.remove(backend, now);
}

/** The specification after some changes, in their order. Pure; throws when a backend is not in it. */
export function specAfter(spec: BalancerSpec, changes: readonly MembershipChange[]): BalancerSpec {
  const absent = new Set(spec.membership?.absent ?? []);
  const weights = new Map(spec.backends.map(({ id, weight }) => [id, weight]));
  for (const one of changes) {
    if (!weights.has(one.backend)) throw new Error(`no backend ${one.backend} in this balancer`);
    if (one.change === "weight") weights.set(one.backend, one.weight);
    else if (one.change === "add") absent.delete(one.backend);
    else absent.add(one.backend);
  }
  const backends = spec.backends.map((backend) => ({ ...backend, weight: weights.get(backend.id)! }));
  return { ...spec, backends, membership: { absent: [...absent] } };
}

export const isAbsent = ({ membership }: BalancerSpec, { id }: BackendAddress): boolean =>
  membership?.absent.includes(id) === true;

/**
 * Changes one after the other, each with what the ones before it left behind: a balancer that is still busy with one is not told
 * the next. `apply` rejects when the balancer did not do it; what it was told counts all the same.
 */
export function changeInTurn(
  spec: BalancerSpec,
  apply: (after: BalancerSpec, before: BalancerSpec) => Promise<void>,
): (changes: readonly MembershipChange[]) => Promise<void> {
  let current = spec;
  let last: Promise<unknown> = Promise.resolve();
  return (changes) => {
    const done = last.then(() => {
      const before = current;
      current = specAfter(before, changes);
      return apply(current, before);
    });
    last = done.catch(() => undefined);
    return done;
  };
}
