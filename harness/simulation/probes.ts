import type { Millis } from "#kernel/units.ts";
import { createRecentLatency, type RecentLatency } from "../../backends/recent-latency.ts";
import type { BackendIndex, ProbeAnswer } from "../../balancers/algorithm.ts";
import type { Fleet } from "./fleet.ts";
import type { Stations } from "./stations.ts";

/** The same fleet, whose backends can be asked how they are. */
export interface ProbedFleet extends Fleet {
  /** Null from a backend that answers nobody. `now` must not decrease. */
  ask(backend: BackendIndex, now: Millis): ProbeAnswer | null;
}

interface Guest {
  readonly arrivedMs: Millis;
  /** Others that it found. */
  readonly found: number;
  /** Infinity while nobody knows. */
  leavesMs: Millis;
  isAnswered: boolean;
}

interface Witness {
  /** Who had not left when somebody looked last. */
  guests: Guest[];
  readonly recent: RecentLatency;
}

/** Lets go who has left by now; of an answer nothing is known before. */
function seeOff(witness: Witness, now: Millis): number {
  const gone = witness.guests.filter(({ leavesMs }) => leavesMs <= now);
  if (gone.length > 0) witness.guests = witness.guests.filter(({ leavesMs }) => leavesMs > now);
  for (const { arrivedMs, found, leavesMs, isAnswered } of gone.sort((a, b) => a.leavesMs - b.leavesMs))
    if (isAnswered) witness.recent.add(leavesMs - arrivedMs, found, leavesMs);
  return witness.guests.length;
}

/** Nothing is kept until somebody asks for the first time: most algorithms never do. */
export function withProbes(fleet: Fleet, stations: Stations | null = null): ProbedFleet {
  const witnesses = new Map<BackendIndex, Witness>();
  const unknown = new Map<number, Guest>();
  let isAsked = false;
  stations?.watch(({ ticket, atMs, end }) => {
    const guest = unknown.get(ticket);
    if (guest === undefined) return;
    unknown.delete(ticket);
    guest.leavesMs = atMs;
    guest.isAnswered = end === "answered";
  });
  const witnessOf = (backend: BackendIndex): Witness => {
    const known = witnesses.get(backend);
    if (known !== undefined) return known;
    const witness = { guests: [], recent: createRecentLatency() };
    witnesses.set(backend, witness);
    return witness;
  };
  return {
    ...fleet,
    arrive(backend, now, work, caller) {
      const visit = fleet.arrive(backend, now, work, caller);
      if (!isAsked || visit.end === "refused" || visit.end === "unreachable") return visit;
      const witness = witnessOf(backend);
      const found = seeOff(witness, now);
      const isAnswered = visit.end === "answered";
      const guest: Guest = { arrivedMs: now, found, leavesMs: visit.atMs, isAnswered };
      witness.guests.push(guest);
      if (visit.ticket !== 0) unknown.set(visit.ticket, guest);
      return visit;
    },
    ask(backend, now) {
      isAsked = true;
      if (fleet.isSilent(backend, now)) return null;
      const witness = witnessOf(backend);
      const found = seeOff(witness, now);
      return { inFlight: found, latencyMs: witness.recent.median(found, now) };
    },
  };
}
