import type { Millis } from "#kernel/units.ts";
import type { DueHeap } from "../due-heap.ts";
import type { Job, Worker } from "./job.ts";
import type { StationDeployment } from "./spec.ts";

/** Where requests wait: the kernel's queue, which sync workers share, and the queues of workers that accept for themselves. */
export interface Door {
  arrive(now: Millis, job: Job): void;
  /** On a connection that the worker has accepted before. */
  arriveAt(now: Millis, job: Job, worker: Worker): void;
  /** A worker has room again. */
  serve(now: Millis, worker: Worker): void;
  /** Takes out who waits in the kernel or knocks; they are its no more. */
  shut(): readonly Job[];
  /** Takes out one. */
  forget(job: Job): void;
}

/**
 * Retries of a SYN that found the queue full, from one to the next: Linux since 6.5 with `tcp_syn_linear_timeouts` 4. Later ones
 * are twice as far apart each time.
 */
const KNOCKS_MS: readonly Millis[] = [1_000, 1_000, 1_000, 1_000, 1_000];

const knockAfterMs = (knocks: number): Millis =>
  KNOCKS_MS[knocks] ?? 1_000 * 2 ** (knocks - KNOCKS_MS.length + 1);

export function createDoor(
  { mode, threads, station }: StationDeployment,
  workers: readonly Worker[],
  timers: DueHeap,
  begin: (now: Millis, job: Job, worker: Worker) => void,
): Door {
  const isShared = mode === "sync";
  const most = station.workerConnections ?? Number.POSITIVE_INFINITY;
  const slots = isShared ? 1 : mode === "gthread" ? threads : Number.POSITIVE_INFINITY;
  // The kernel takes one more than it was told.
  const room = station.backlog === null ? Number.POSITIVE_INFINITY : station.backlog + 1;
  const kernel: Job[] = [];
  /** Who knocks, and how many the workers had taken from the kernel when it was turned away. */
  const outside = new Map<Job, number>();
  let taken = 0;

  const accepts = (now: Millis, worker: Worker): boolean =>
    worker.state === "up" &&
    worker.stoppedUntilMs <= now &&
    (isShared ? worker.active.size === 0 : worker.active.size + worker.fifo.length < most);
  /** Who has been idle for longest, as the queue with known departures has it. */
  const longestIdle = (now: Millis): Worker | null => {
    let found: Worker | null = null;
    for (const worker of workers)
      if (accepts(now, worker) && (found === null || worker.idleSinceMs < found.idleSinceMs)) found = worker;
    return found;
  };
  const leastBusy = (now: Millis): Worker | null => {
    const load = ({ active, fifo }: Worker): number => active.size + fifo.length;
    let found: Worker | null = null;
    for (const worker of workers)
      if (accepts(now, worker) && (found === null || load(worker) < load(found))) found = worker;
    return found;
  };
  const drawn = (now: Millis, draw: number): Worker | null => {
    const from = Math.floor(draw * workers.length);
    for (let step = 0; step < workers.length; step++) {
      const worker = workers[(from + step) % workers.length] as Worker;
      if (accepts(now, worker)) return worker;
    }
    return null;
  };
  const pull = (now: Millis): void => {
    while (kernel.length > 0) {
      const worker = isShared ? longestIdle(now) : leastBusy(now);
      if (worker === null) return;
      const job = kernel.shift() as Job;
      taken += 1;
      if (isShared) begin(now, job, worker);
      else admit(now, job, worker);
    }
  };
  const admit = (now: Millis, job: Job, worker: Worker): void => {
    job.worker = worker;
    job.connectedMs = Math.min(job.connectedMs, now);
    worker.fifo.push(job);
    beginAt(now, worker);
  };
  const beginAt = (now: Millis, worker: Worker): void => {
    while (
      worker.fifo.length > 0 &&
      worker.active.size < slots &&
      worker.state !== "down" &&
      worker.stoppedUntilMs <= now
    )
      begin(now, worker.fifo.shift() as Job, worker);
  };
  const knock = (now: Millis, job: Job, knocks: number): void => {
    // Measured on Linux 6.18: once a place got free, all who knock again are let in, although there are fewer places.
    const gotFree = taken > (outside.get(job) ?? taken);
    outside.delete(job);
    const worker = isShared || kernel.length > 0 ? null : drawn(now, job.request.draw);
    if (worker !== null) admit(now, job, worker);
    else if (kernel.length < room || gotFree) {
      job.connectedMs = now;
      kernel.push(job);
      pull(now);
    } else {
      outside.set(job, taken);
      timers.add(now + knockAfterMs(knocks), (at) => {
        if (outside.has(job)) knock(at, job, knocks + 1);
      });
    }
  };
  return {
    arrive: (now, job) => knock(now, job, 0),
    arriveAt(now, job, worker) {
      job.worker = worker;
      if (worker.state === "up") admit(now, job, worker);
      else worker.lost.push(job);
    },
    serve(now, worker) {
      if (!isShared) beginAt(now, worker);
      pull(now);
    },
    shut: () => {
      const gone = [...kernel.splice(0), ...outside.keys()];
      outside.clear();
      return gone;
    },
    forget(job) {
      outside.delete(job);
      for (const queue of [kernel, job.worker?.fifo ?? []]) {
        const at = queue.indexOf(job);
        if (at >= 0) queue.splice(at, 1);
      }
    },
  };
}
