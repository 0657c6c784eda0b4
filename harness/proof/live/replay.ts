import { median } from "#kernel/statistics.ts";
import { OUTCOMES, type Row, UNKNOWN_U32 } from "../../rows.ts";

/** One request of a trial, as it was and as the replay says it should have been; microseconds. */
export interface Replayed {
  readonly k: number;
  readonly backend: number;
  readonly dueUs: number;
  /** From due to answered, as the client saw it. */
  readonly latencyUs: number;
  /** Planned departure to actual one, as the backend reported. */
  readonly lagUs: number;
  /** Latency minus what the backend reported of queue, service and lag. */
  readonly hopUs: number;
  /** From due to departure by the queue recomputed here. */
  readonly expectedUs: number;
}

const OK = OUTCOMES.indexOf("ok");

/**
 * Every backend's queue played again from nothing but the assignments, the order in which requests got their worker, and their demands:
 * Lindley's recursion from the instants at which they were due, one worker each. What a backend was still busy with when the window began
 * is taken from the first request's own report. Throws when a request did not succeed, because then its place in the queue is not known.
 */
export function replay(rows: readonly Row[], demandUs: (row: Row) => number): readonly Replayed[] {
  const byBackend = new Map<number, Row[]>();
  for (const row of rows) {
    if (row.outcome !== OK || row.backend === 0 || row.serviceUs === UNKNOWN_U32)
      throw new Error(`request ${row.k} did not succeed: a replay needs all of them`);
    const list = byBackend.get(row.backend);
    if (list === undefined) byBackend.set(row.backend, [row]);
    else list.push(row);
  }
  return [...byBackend.values()].flatMap((list) => replayBackend(list, demandUs)).sort((a, b) => a.k - b.k);
}

function replayBackend(rows: readonly Row[], demandUs: (row: Row) => number): readonly Replayed[] {
  const ordered = [...rows].sort((a, b) => startUs(a) - startUs(b));
  const first = ordered[0] as Row;
  let freeUs = first.queueUs > 0 ? first.dueUs + first.queueUs : Number.NEGATIVE_INFINITY;
  return ordered.map((row) => {
    freeUs = Math.max(row.dueUs, freeUs) + demandUs(row);
    const latencyUs = row.endedUs - row.dueUs;
    return {
      k: row.k,
      backend: row.backend,
      dueUs: row.dueUs,
      latencyUs,
      lagUs: row.lagUs,
      hopUs: latencyUs - row.queueUs - row.serviceUs - row.lagUs,
      expectedUs: freeUs - row.dueUs,
    };
  });
}

/** When it got its worker, but for the way back, which is the same for all. */
const startUs = ({ endedUs, lagUs, serviceUs }: Row): number => endedUs - lagUs - serviceUs;

/** Half of all requests had a shorter hop; microseconds. */
export function medianHopUs(replayed: readonly Replayed[]): number {
  return median(replayed.map(({ hopUs }) => hopUs));
}
