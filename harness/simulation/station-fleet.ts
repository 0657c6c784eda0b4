import type { Fleet, Visit } from "./fleet.ts";
import type { Stations } from "./stations.ts";

/** The same fleet, of which some backends are played event by event; a visit to one of them has a ticket and no end yet. */
export function withStations(fleet: Fleet, stations: Stations | null): Fleet {
  if (stations === null) return fleet;
  const visit: Visit = { ticket: 0, end: "answered", atMs: 0, status: 0, queueMs: 0, serviceMs: 0 };
  return {
    arrive(backend, now, work, caller) {
      if (!stations.has(backend)) return fleet.arrive(backend, now, work, caller);
      const { demandMs, ioMs, gilFreeMs, clientMs } = work;
      const cpuMs = Math.max(0, demandMs - ioMs - gilFreeMs);
      const ticket = stations.arrive(backend, now, { demand: { cpuMs, ioMs, gilFreeMs }, clientMs }, caller);
      visit.ticket = ticket ?? 0;
      visit.end = ticket === null ? "refused" : "answered";
      visit.atMs = ticket === null ? now : Number.POSITIVE_INFINITY;
      return visit;
    },
    isSilent: (backend, now) =>
      stations.has(backend) ? stations.isSilent(backend, now) : fleet.isSilent(backend, now),
  };
}
