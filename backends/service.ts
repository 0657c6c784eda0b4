import type { Millis } from "#kernel/units.ts";
import type { Effect } from "./faults/fault.ts";
import type { BackendMode } from "./protocol.ts";

/** The shape of a gunicorn deployment. */
export interface Deployment {
  readonly mode: BackendMode;
  readonly workers: number;
  readonly threads: number;
  /** Demand is divided by this. */
  readonly speed: number;
}

/** An interval in which the whole process stands still (SIGSTOP): no work is done in it. */
export interface Standstill {
  readonly fromMs: Millis;
  readonly toMs: Millis;
}

/** What faults do to a request that starts service at an instant; a hanging one keeps its slot until `untilMs`. */
export interface Played extends Effect {
  readonly untilMs?: Millis;
  /** Its worker was killed for it, and gunicorn answers instead of the view. */
  readonly killed?: boolean;
  /** The connection goes with its worker. */
  readonly closes?: boolean;
}

/** When and where a request is served, known in full when it arrives. */
export interface Assignment {
  /** Worker or thread, from 0. */
  readonly slot: number;
  readonly startMs: Millis;
  /** The last byte of its answer leaves. */
  readonly departureMs: Millis;
  readonly played: Played;
}

export interface Service {
  /** FIFO of a new connection, for a uniform `draw` in [0, 1): sync workers share one, a gthread worker accepts into its own. */
  accept(draw: number): number;
  /** Puts a request at the end of a FIFO; `now` must not decrease. */
  arrive(now: Millis, demandMs: Millis, fifo: number, play: (startMs: Millis) => Played): Assignment;
}

/**
 * A FIFO is served by equal servers, so a request starts at the first that gets free: its departure follows at once as
 * `max(now, freeAt) + service`, and no error of a timer is carried on to the next request. A request whose client left is
 * served all the same, as Django would: it notices when it writes the answer.
 */
export function createService(deployment: Deployment, standstills: readonly Standstill[] = []): Service {
  const { fifos, servers } = queuesOf(deployment);
  const freeAt = new Float64Array(fifos * servers).fill(Number.NEGATIVE_INFINITY);
  return {
    accept: (draw) => Math.floor(draw * fifos),
    arrive(now, demandMs, fifo, play) {
      if (!(fifo >= 0 && fifo < fifos)) throw new Error(`no FIFO ${fifo} among ${fifos}`);
      const slot = firstFree(freeAt, fifo * servers, servers);
      const startMs = Math.max(now, freeAt[slot] as number);
      const played = play(startMs);
      const departureMs = departureOf(startMs, demandMs / deployment.speed, played, standstills);
      freeAt[slot] = departureMs + awayMsOf(played);
      return { slot, startMs, departureMs, played };
    },
  };
}

/** FIFOs of a deployment, and the equal servers that each one has. */
export function queuesOf({ mode, workers, threads }: Deployment): {
  readonly fifos: number;
  readonly servers: number;
} {
  return mode === "sync" ? { fifos: 1, servers: workers } : { fifos: workers, servers: threads };
}

/** Of `servers` slots from `from` on, the one that gets free first. */
export function firstFree(freeAt: Float64Array, from: number, servers: number): number {
  let first = from;
  for (let slot = from + 1; slot < from + servers; slot++) {
    if ((freeAt[slot] as number) < (freeAt[first] as number)) first = slot;
  }
  return first;
}

/** What ends without an answer: its connection is closed. */
export function isCut({ hang, reset, empty }: Played): boolean {
  return hang === true || reset === true || empty === true;
}

/** When the last byte of the answer leaves, of a request that starts at `startMs` and needs `workMs` without faults. */
export function departureOf(
  startMs: Millis,
  workMs: Millis,
  played: Played,
  standstills: readonly Standstill[],
): Millis {
  if (played.hang) return Math.max(startMs, played.untilMs ?? Number.POSITIVE_INFINITY);
  const { slowdown = 1, addedMs = 0 } = played;
  return finish(startMs, workMs * slowdown + addedMs + dripMsOf(played), standstills);
}

/** From the head of the answer to its last byte. */
export function dripMsOf(played: Played): Millis {
  return isCut(played) ? 0 : (played.drip?.overMs ?? 0);
}

/** From the last byte of the answer until its slot is free again. */
export function awayMsOf(played: Played): Millis {
  return isCut(played) ? 0 : (played.awayMs ?? 0);
}

/** When work that starts at `startMs` is done, standing still in between. */
function finish(startMs: Millis, workMs: Millis, standstills: readonly Standstill[]): Millis {
  let at = startMs;
  let left = workMs;
  for (const { fromMs, toMs } of standstills) {
    if (toMs <= at) continue;
    const before = Math.max(0, fromMs - at);
    if (left <= before) break;
    left -= before;
    at = toMs;
  }
  return at + left;
}
