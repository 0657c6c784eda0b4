/** What the tests of stations share. */
import type { Demand } from "#kernel/demand.ts";
import { createRng } from "#kernel/rng.ts";
import type { Deployment } from "../service.ts";
import type { Departure, StationRequest } from "./job.ts";
import type { StationSpec } from "./spec.ts";
import { createStation, type Station, type StationEnvironment } from "./station.ts";

export const PLAIN: StationSpec = {
  workerConnections: null,
  backlog: null,
  timeoutMs: null,
  timeoutLook: "500",
  maxRequests: null,
  maxRequestsJitter: 0,
  boot: { type: "constant", value: 280 },
  coldStart: null,
  cores: null,
  gilOverhead: null,
  database: null,
  gcPause: null,
  overheadMs: 0,
};

export function stationOf(
  deployment: Partial<Deployment>,
  spec: Partial<StationSpec> = {},
  more: Partial<StationEnvironment> = {},
): Station {
  return createStation({
    deployment: {
      mode: "sync",
      workers: 1,
      threads: 1,
      speed: 1,
      ...deployment,
      station: { ...PLAIN, ...spec },
    },
    zeroMs: 0,
    standstills: [],
    rng: createRng(1),
    ...more,
  });
}

/** A request that is all CPU unless told otherwise. */
export function requestOf(
  demand: number | Partial<Demand>,
  more: Partial<StationRequest> = {},
): StationRequest {
  const parts = typeof demand === "number" ? { cpuMs: demand } : demand;
  return {
    demand: () => ({ cpuMs: 0, ioMs: 0, gilFreeMs: 0, ...parts }),
    kept: null,
    draw: 0,
    play: () => ({}),
    ...more,
  };
}

/** All departures until `untilMs`, in order. */
export function departures(station: Station, untilMs = 1e9): Departure[] {
  const all: Departure[] = [];
  while (station.inFlight > 0 && station.nextMs <= untilMs) station.advance(station.nextMs);
  for (let next = station.take(); next !== null; next = station.take()) all.push(next);
  return all;
}

export interface ClosedLoop {
  readonly perSecond: number;
  readonly coresUsed: number;
  readonly times: readonly number[];
  readonly statuses: ReadonlyMap<string, number>;
}

/** `users` who send again as soon as they are answered, as wrk does. */
export function closedLoop(
  station: Station,
  users: number,
  durationMs: number,
  request: (k: number) => StationRequest,
): ClosedLoop {
  const sentMs = new Map<number, number>();
  const times: number[] = [];
  const statuses = new Map<string, number>();
  let k = 0;
  const send = (now: number): void => {
    sentMs.set(station.arrive(now, request(k++)), now);
  };
  for (let user = 0; user < users; user++) send(0);
  for (;;) {
    for (let gone = station.take(); gone !== null; gone = station.take()) {
      const { played, departureMs, ticket } = gone;
      const how = played.reset ? "reset" : played.empty ? "empty" : String(played.status ?? 200);
      statuses.set(how, (statuses.get(how) ?? 0) + 1);
      times.push(departureMs - (sentMs.get(ticket) as number));
      if (departureMs < durationMs) send(departureMs);
    }
    const { nextMs } = station;
    if (nextMs > durationMs) break;
    station.advance(nextMs);
  }
  return {
    perSecond: (times.length * 1_000) / durationMs,
    coresUsed: station.usedMs(durationMs) / durationMs,
    times: times.sort((a, b) => a - b),
    statuses,
  };
}
