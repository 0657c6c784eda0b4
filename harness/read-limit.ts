import type { Millis } from "#kernel/units.ts";
import type { Scenario } from "../scenarios/scenario.ts";

/** Of the clients' timeout: 4 s (PARITY.readMs) at the default of 5 s. */
const SHARE = 0.8;

/** How long a balancer waits for a silent backend: below the patience of the clients, so that the balancer is the one that gives up first. */
export function readMsOf({ traffic }: Pick<Scenario, "traffic">): Millis {
  return Math.round(traffic.timeout * SHARE);
}
