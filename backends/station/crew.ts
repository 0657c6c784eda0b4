import { createDistribution } from "#kernel/distribution.ts";
import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { DueHeap } from "../due-heap.ts";
import type { Cpu } from "./cpu.ts";
import type { Worker } from "./job.ts";
import type { StationDeployment } from "./spec.ts";

/** The worker processes of a backend: their lives, and when they stand still. */
export interface Crew {
  readonly workers: readonly Worker[];
  /** Counts a request that begins; returns how many times as long it takes in a worker that is not warm yet. */
  begins(worker: Worker): number;
  /** The process is gone, and a new one boots. */
  replace(now: Millis, worker: Worker): void;
  /** The first instant from `at` on at which the worker is not in a pause of its own. */
  awakeMs(worker: Worker, at: Millis): Millis;
}

export interface CrewEnvironment {
  readonly deployment: StationDeployment;
  readonly cpu: Cpu;
  readonly timers: DueHeap;
  /** Of this backend; every draw is a function of purpose, worker and number. */
  readonly rng: Rng;
  readonly zeroMs: Millis;
  /** It can serve (again). */
  readonly back: (now: Millis, worker: Worker) => void;
}

export function createCrew({ deployment, cpu, timers, rng, zeroMs, back }: CrewEnvironment): Crew {
  const { maxRequests, maxRequestsJitter, boot, coldStart, gcPause } = deployment.station;
  const boots = createDistribution(boot);
  const limitOf = (index: number, life: number): number =>
    maxRequests === null
      ? Number.POSITIVE_INFINITY
      : maxRequests +
        rng
          .fork("max-requests")
          .fork(index)
          .fork(life)
          .int(maxRequestsJitter + 1);
  const workers = Array.from({ length: deployment.workers }, (_, index) =>
    createWorker(index, limitOf(index, 0)),
  );

  const pause = (worker: Worker, number: number, fromMs: Millis): void => {
    if (gcPause === null) return;
    const draws = rng.fork("gc").fork(worker.index).fork(number);
    const startMs = fromMs + createDistribution(gcPause.every).sample(draws.fork("every"));
    const endMs = startMs + createDistribution(gcPause.for).sample(draws.fork("for"));
    timers.add(startMs, (now) => {
      cpu.stop(now, worker.index);
      worker.stoppedUntilMs = endMs;
      timers.add(endMs, (then) => {
        cpu.go(then, worker.index);
        pause(worker, number + 1, then);
        back(then, worker);
      });
    });
  };
  for (const worker of workers) pause(worker, 0, zeroMs);
  return {
    workers,
    begins(worker) {
      const isCold = coldStart !== null && worker.begun < coldStart.hits;
      worker.begun += 1;
      if (worker.begun >= worker.limit && worker.state === "up") worker.state = "leaving";
      return isCold ? coldStart.factor : 1;
    },
    replace(now, worker) {
      worker.state = "down";
      worker.life += 1;
      const bootMs = boots.sample(rng.fork("boot").fork(worker.index).fork(worker.life));
      // Importing the application is work: it takes longer while others need the cores.
      cpu.add(now, worker.index, false, bootMs, (at) => {
        worker.state = "up";
        worker.begun = 0;
        worker.limit = limitOf(worker.index, worker.life);
        worker.idleSinceMs = at;
        back(at, worker);
      });
    },
    awakeMs: (worker, at) => Math.max(at, worker.stoppedUntilMs),
  };
}

function createWorker(index: number, limit: number): Worker {
  return {
    index,
    state: "up",
    life: 0,
    begun: 0,
    limit,
    active: new Set(),
    fifo: [],
    lost: [],
    idleSinceMs: Number.NEGATIVE_INFINITY,
    busySinceMs: Number.POSITIVE_INFINITY,
    stoppedUntilMs: Number.NEGATIVE_INFINITY,
    loop: [],
  };
}
