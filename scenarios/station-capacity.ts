/** What a backend can complete whose workers share cores, a lock or connections. */
import type { Demand } from "#kernel/demand.ts";
import { createDistribution } from "#kernel/distribution.ts";
import type { BackendsSpec } from "./scenario.ts";

export interface Workforce {
  readonly workers: number;
  readonly speed: number;
  readonly cores: number | undefined;
}

/** Connections of an event loop that nothing else limits: gunicorn's default. */
export const LOOP_CONNECTIONS = 1_000;

/** Requests that one worker serves at the same time. */
export function slotsPerWorker({ mode, threads, workerConnections }: BackendsSpec): number {
  if (mode === "async") return workerConnections ?? LOOP_CONNECTIONS;
  return mode === "gthread" ? threads : 1;
}

/**
 * Requests per second of one backend when somebody always waits: every slot is then taken, so it is a closed network of as many
 * customers as slots, of which the CPU is shared and the rest is not (product form; J. P. Buzen, CACM 16(9), 1973). Exact for sync workers and for
 * threads without a lock; with several limits at once the lowest one, which is then a bound.
 */
export function stationCapacity(
  backends: BackendsSpec,
  { workers, speed, cores }: Workforce,
  mean: Demand,
): number {
  const { mode, gil, database } = backends;
  const cpu = (mean.cpuMs + backends.overhead) / speed;
  const io = mean.ioMs / speed;
  const gilFree = mean.gilFreeMs / speed;
  const slots = slotsPerWorker(backends);
  const limit = cores ?? Number.POSITIVE_INFINITY;
  const overhead = gil !== undefined && slots > 1 && mode === "gthread" ? gil.overhead : 1;
  const limits: number[] = [];
  if (mode === "async") {
    limits.push(
      workers * saturated(slots, cpu + gilFree, (n) => Math.min(n, 1), io),
      limit / (cpu + gilFree),
    );
  } else if (mode === "gthread" && gil !== undefined) {
    const lock = (n: number): number => (n > 1 ? 1 / overhead : 1);
    limits.push(workers * saturated(slots, cpu, lock, io + gilFree), limit / (cpu * overhead + gilFree));
  } else limits.push(saturated(workers * slots, cpu + gilFree, (n) => Math.min(n, limit), io));
  if (database !== undefined && io > 0) limits.push(database.pool / (io + gilFree + cpu / 2));
  return 1_000 * withLosses(backends, Math.min(...limits), workers);
}

/** Per millisecond: what is lost while workers are replaced, cold, or stand still. */
function withLosses(backends: BackendsSpec, perMs: number, workers: number): number {
  const { maxRequests, maxRequestsJitter, boot, coldStart, gcPause } = backends;
  let rate = perMs;
  if (maxRequests !== undefined) {
    const life = maxRequests + maxRequestsJitter / 2;
    const cold = coldStart === undefined ? 0 : (coldStart.factor - 1) * Math.min(coldStart.hits, life);
    const bootMs = typeof boot === "number" ? boot : createDistribution(boot).mean;
    rate = (workers * life) / (((life + cold) * workers) / rate + bootMs);
  }
  if (gcPause === undefined) return rate;
  const [every, pause] = [createDistribution(gcPause.every).mean, createDistribution(gcPause.for).mean];
  return (rate * every) / (every + pause);
}

/**
 * Throughput of `customers` who go round between a shared station, which works at `speedOf(n)` when n are there, and a delay of `away`:
 * G(N - 1) / G(N), the normalising constants being sums over how many are at the station.
 */
function saturated(customers: number, demand: number, speedOf: (n: number) => number, away: number): number {
  const logFactorials = [0];
  for (let n = 1; n <= customers; n++) logFactorials.push((logFactorials[n - 1] as number) + Math.log(n));
  return Math.exp(logConstant(customers - 1) - logConstant(customers));

  function logConstant(population: number): number {
    const terms: number[] = [];
    let atStation = 0;
    for (let n = 0; n <= population; n++) {
      if (n > 0) atStation += Math.log(demand / speedOf(n));
      const others = population - n;
      if (others > 0 && away === 0) continue;
      terms.push(
        atStation + (others === 0 ? 0 : others * Math.log(away)) - (logFactorials[others] as number),
      );
    }
    const largest = Math.max(...terms);
    return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
  }
}
