/** Which backends have to be played event by event, because a departure may depend on what comes later. */
import type { BackendsSpec, Scenario, Traffic } from "./scenario.ts";

/** Whether some backend of the scenario has to be played event by event. */
export const hasStation = ({ backends, traffic }: Pick<Scenario, "backends" | "traffic">): boolean =>
  hasSlowClients(traffic) ||
  needsStation(backends, 0) ||
  backends.override.some(({ backend }) => needsStation(backends, backend));

export const hasSlowClients = ({ requests }: Traffic): boolean =>
  requests.some(({ clientDelay }) => clientDelay !== undefined);

/** Whether one backend has; its id from 1, or 0 for one without an override. */
export function needsStation(backends: BackendsSpec, id: number): boolean {
  const own = backends.override.find(({ backend }) => backend === id);
  const limits = [
    backends.workerConnections,
    backends.backlog,
    backends.timeout,
    backends.maxRequests,
    backends.coldStart,
    own?.cores ?? backends.cores,
    backends.gil,
    backends.database,
    backends.gcPause,
  ];
  return backends.mode === "async" || backends.overhead > 0 || limits.some((limit) => limit !== undefined);
}
