import type { Millis } from "#kernel/units.ts";
import { createRecentLatency, type RecentLatency } from "../../backends/recent-latency.ts";
import type { BackendIndex, ProbeAnswer } from "../../balancers/algorithm.ts";
import type { Fleet } from "./fleet.ts";

/** The same fleet, whose backends can be asked how they are. */
export interface ProbedFleet extends Fleet {
  /** Null from a backend that answers nobody. `now` must not decrease. */
  ask(backend: BackendIndex, now: Millis): ProbeAnswer | null;
}

interface Witness {
  /** When the requests leave that were not gone when somebody looked last. */
  leaveMs: Millis[];
  readonly recent: RecentLatency;
}

/** Nothing is kept until somebody asks for the first time: most algorithms never do. */
export function withProbes(fleet: Fleet): ProbedFleet {
  const witnesses = new Map<BackendIndex, Witness>();
  let isAsked = false;
  const witnessOf = (backend: BackendIndex): Witness => {
    const known = witnesses.get(backend);
    if (known !== undefined) return known;
    const witness = { leaveMs: [], recent: createRecentLatency() };
    witnesses.set(backend, witness);
    return witness;
  };
  const inFlight = (witness: Witness, now: Millis): number => {
    witness.leaveMs = witness.leaveMs.filter((atMs) => atMs > now);
    return witness.leaveMs.length;
  };
  return {
    ...fleet,
    arrive(backend, now, demandMs, accidents) {
      const visit = fleet.arrive(backend, now, demandMs, accidents);
      if (!isAsked || visit.end === "refused") return visit;
      const witness = witnessOf(backend);
      if (visit.end === "answered") witness.recent.add(visit.atMs - now, inFlight(witness, now), visit.atMs);
      witness.leaveMs.push(visit.atMs);
      return visit;
    },
    ask(backend, now) {
      isAsked = true;
      if (fleet.isSilent(backend, now)) return null;
      const witness = witnessOf(backend);
      const found = inFlight(witness, now);
      return { inFlight: found, latencyMs: witness.recent.median(found, now) };
    },
  };
}
