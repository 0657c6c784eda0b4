import type { DistributionSpec } from "#kernel/distribution.ts";
import type { Deployment } from "../backends/service.ts";
import type { StationDeployment, StationSpec } from "../backends/station/spec.ts";
import type { BackendsSpec, Scenario } from "../scenarios/scenario.ts";
import { LOOP_CONNECTIONS } from "../scenarios/station-capacity.ts";
import { hasSlowClients, needsStation } from "../scenarios/stations.ts";

/**
 * One backend as its model wants it. It has a `station` when a departure depends on what comes later; else departures are known on
 * arrival, which is faster to play.
 */
export function deploymentOf(backends: BackendsSpec, id: number): Deployment | StationDeployment {
  const own = backends.override.find(({ backend }) => backend === id);
  const plain: Deployment = {
    mode: backends.mode,
    workers: own?.workers ?? backends.workers,
    threads: backends.threads,
    speed: own?.speed ?? 1,
  };
  return needsStation(backends, id) ? { ...plain, station: stationOf(backends, own?.cores) } : plain;
}

/** The same where a client may be slow to send its request: that too is known only when it has. */
export function deploymentFor(
  { backends, traffic }: Pick<Scenario, "backends" | "traffic">,
  id: number,
): Deployment {
  const deployment = deploymentOf(backends, id);
  if ("station" in deployment || !hasSlowClients(traffic)) return deployment;
  return { ...deployment, station: stationOf(backends, undefined) } as StationDeployment;
}

function stationOf(backends: BackendsSpec, cores: number | undefined): StationSpec {
  const { mode, database, boot } = backends;
  return {
    workerConnections: backends.workerConnections ?? (mode === "async" ? LOOP_CONNECTIONS : null),
    backlog: backends.backlog ?? null,
    timeoutMs: backends.timeout ?? null,
    timeoutLook: backends.timeoutLook,
    maxRequests: backends.maxRequests ?? null,
    maxRequestsJitter: backends.maxRequestsJitter,
    boot: typeof boot === "number" ? constant(boot) : boot,
    coldStart: backends.coldStart ?? null,
    cores: cores ?? backends.cores ?? null,
    gilOverhead: backends.gil?.overhead ?? null,
    database:
      database === undefined
        ? null
        : { pool: database.pool, mode: database.mode, waitTimeoutMs: database.waitTimeout },
    gcPause: backends.gcPause ?? null,
    overheadMs: backends.overhead,
  };
}

const constant = (value: number): DistributionSpec => ({ type: "constant", value });
