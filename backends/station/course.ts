import type { Millis } from "#kernel/units.ts";
import type { DueHeap } from "../due-heap.ts";
import type { Played } from "../service.ts";
import type { Cpu } from "./cpu.ts";
import type { Job, Piece, Worker } from "./job.ts";
import type { Pool } from "./pool.ts";
import type { StationDeployment } from "./spec.ts";

/** What a request does in its worker, piece by piece. */
export interface Course {
  /** The request is there in full, and service has started. */
  begin(now: Millis, job: Job, coldFactor: number): void;
  /** Takes it off the CPU and out of the pool, at its end or before. */
  drop(now: Millis, job: Job): void;
}

export interface CourseEnvironment {
  readonly deployment: StationDeployment;
  readonly cpu: Cpu;
  readonly timers: DueHeap;
  readonly pool: Pool | null;
  /** First instant from `at` on at which the worker can go on. */
  readonly awakeMs: (worker: Worker, at: Millis) => Millis;
  /** It has done everything, or `failed` says how it failed. */
  readonly ended: (now: Millis, job: Job, failed: Played | null) => void;
  /** An event loop is at something new. */
  readonly watched: (worker: Worker) => void;
}

/** What Django answers when it gets no database connection. */
const NO_CONNECTION: Played = { status: 500 };

export function createCourse(environment: CourseEnvironment): Course {
  const { deployment, cpu, timers, pool, awakeMs, ended, watched } = environment;
  const isLoop = deployment.mode === "async";

  const next = (now: Millis, job: Job): void => {
    const piece = job.pieces.pop();
    if (piece === undefined) ended(now, job, null);
    else if (piece.kind === "database") askPool(now, job);
    else if (piece.kind === "io" || piece.kind === "hold") sleep(now + piece.ms, job, piece.kind);
    else if (isLoop) queueUp(now, job, piece);
    else compute(now, job, piece, (at) => next(at, job));
  };
  const compute = (now: Millis, job: Job, { kind, ms }: Piece, then: (now: Millis) => void): void => {
    job.task = cpu.add(now, workerOf(job).index, kind === "cpu", ms, (at) => {
      job.task = null;
      then(at);
    });
  };
  const sleep = (untilMs: Millis, job: Job, kind: "io" | "hold"): void =>
    timers.add(untilMs, (at) => {
      if (job.isOver) return;
      const awake = kind === "hold" ? at : awakeMs(workerOf(job), at);
      if (awake > at) sleep(awake, job, kind);
      else next(at, job);
    });
  const askPool = (now: Millis, job: Job): void => {
    if (pool === null) next(now, job);
    else
      pool.take(
        now,
        () => job.isOver,
        (at, got) => {
          job.hasConnection = got;
          if (got) next(at, job);
          else ended(at, job, NO_CONNECTION);
        },
      );
  };
  // One at a time, each until it waits for something: nobody takes the CPU from a greenlet.
  const queueUp = (now: Millis, job: Job, piece: Piece): void => {
    const { loop } = workerOf(job);
    job.pieces.push(piece);
    loop.push(job);
    if (loop.length === 1) turn(now, workerOf(job));
  };
  const turn = (now: Millis, worker: Worker): void => {
    const job = worker.loop[0];
    const piece = job?.pieces.pop();
    worker.busySinceMs = piece === undefined ? Number.POSITIVE_INFINITY : now;
    if (job === undefined || piece === undefined) return;
    watched(worker);
    compute(now, job, piece, (at) => {
      // What it does next comes behind those who wait.
      next(at, job);
      if (worker.loop[0] === job) worker.loop.shift();
      if (worker.loop.length > 0) turn(at, worker);
      else worker.busySinceMs = Number.POSITIVE_INFINITY;
    });
  };
  return {
    begin(now, job, coldFactor) {
      job.played = job.request.play(now);
      job.pieces = piecesOf(now, job, coldFactor, deployment);
      next(now, job);
    },
    drop(now, job) {
      if (job.task !== null) cpu.remove(now, job.task);
      job.task = null;
      if (!job.hasConnection) return;
      job.hasConnection = false;
      pool?.give(now);
    },
  };
}

/** Last first. A connection to the database is taken at the first io and kept: code before it and after it is half of all code each. */
function piecesOf(
  now: Millis,
  { played, request }: Job,
  coldFactor: number,
  { speed, station }: StationDeployment,
): Piece[] {
  if (played.hang)
    return [{ kind: "hold", ms: Math.max(0, (played.untilMs ?? Number.POSITIVE_INFINITY) - now) }];
  const { cpuMs, ioMs, gilFreeMs } = request.demand();
  const factor = (played.slowdown ?? 1) * coldFactor;
  const scale = (ms: Millis): Millis => (ms / speed) * factor;
  const cpu = scale(cpuMs + station.overheadMs);
  const isWhole = ioMs === 0 && gilFreeMs === 0;
  const pieces: readonly Piece[] = isWhole
    ? [{ kind: "cpu", ms: cpu }]
    : [
        { kind: "cpu", ms: cpu / 2 },
        { kind: "database", ms: ioMs },
        { kind: "io", ms: scale(ioMs) },
        { kind: "gil-free", ms: scale(gilFreeMs) },
        { kind: "cpu", ms: cpu / 2 },
      ];
  return [...pieces, { kind: "io" as const, ms: played.addedMs ?? 0 }].filter(({ ms }) => ms > 0).reverse();
}

function workerOf({ worker }: Job): Worker {
  if (worker === null) throw new Error("a request is served without a worker");
  return worker;
}
