import type { BalancerSpec } from "../balancer.ts";
export function renderOwnNginx(
  _spec: BalancerSpec,
  own: { readonly path: string; readonly text: string },
): string {
  return own.text;
}
