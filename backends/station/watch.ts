import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { DueHeap } from "../due-heap.ts";
import type { Played } from "../service.ts";
import type { Worker } from "./job.ts";
import type { StationSpec } from "./spec.ts";

/** gunicorn's arbiter: looks once a second who has not told for `timeout` that it lives. */
export interface Watch {
  /** The worker is at something that may take too long. */
  look(worker: Worker): void;
}

const LOOKS_EVERY_MS = 1_000;

export function createWatch(environment: {
  readonly station: StationSpec;
  readonly timers: DueHeap;
  readonly zeroMs: Millis;
  readonly rng: Rng;
  readonly kill: (now: Millis, worker: Worker, look: Played) => void;
}): Watch {
  const { station, timers, zeroMs, rng, kill } = environment;
  const { timeoutMs, timeoutLook } = station;
  const phaseMs = zeroMs + rng.fork("arbiter").next() * LOOKS_EVERY_MS;
  const look: Played = timeoutLook === "empty" ? { empty: true } : { status: 500, killed: true, hang: false };
  const watched = new Set<Worker>();
  /** The arbiter's first look at which the worker has been silent for too long. */
  const dueMs = (sinceMs: Millis, limitMs: Millis): Millis =>
    phaseMs + Math.ceil((sinceMs + limitMs - phaseMs) / LOOKS_EVERY_MS) * LOOKS_EVERY_MS;
  const watch = (worker: Worker, limitMs: Millis): void => {
    if (watched.has(worker)) return;
    watched.add(worker);
    // One at a time for a worker, however many requests it serves meanwhile.
    timers.add(dueMs(worker.busySinceMs, limitMs), (now) => {
      watched.delete(worker);
      if (worker.busySinceMs === Number.POSITIVE_INFINITY) return;
      if (dueMs(worker.busySinceMs, limitMs) <= now) kill(now, worker, look);
      else watch(worker, limitMs);
    });
  };
  return {
    look(worker) {
      if (timeoutMs !== null) watch(worker, timeoutMs);
    },
  };
}
