import type { BalancerSpec } from "../balancer.ts";
export function renderOwnHaproxy(
  _spec: BalancerSpec,
  own: { readonly path: string; readonly text: string },
): { text: string; servers: ReadonlyMap<string, number> } {
  return { text: own.text, servers: new Map() };
}
