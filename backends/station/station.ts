import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { createDueHeap } from "../due-heap.ts";
import type { Played, Standstill } from "../service.ts";
import { createCourse } from "./course.ts";
import { createCpu } from "./cpu.ts";
import { createCrew } from "./crew.ts";
import { createDoor } from "./door.ts";
import {
  createJob,
  type Departure,
  type Job,
  type StationRequest,
  type Worker,
  type WorkerLife,
} from "./job.ts";
import { createPool } from "./pool.ts";
import type { StationDeployment } from "./spec.ts";
import { standsUntil, stopAtStandstills } from "./standstills.ts";
import { createWatch } from "./watch.ts";

/**
 * A gunicorn deployment in which a departure depends on what comes later: cores and the interpreter lock are shared, workers are
 * killed and replaced, connections run out. Pure: it moves when it is told the time, and never looks ahead.
 */
export interface Station {
  /** A request arrives; `now` must not decrease. Returns its ticket. */
  arrive(now: Millis, request: StationRequest): number;
  /** The rest of a request whose client was slow has come. */
  ready(now: Millis, ticket: number): void;
  /** The client left before its request was complete: nobody serves it. */
  leave(now: Millis, ticket: number): void;
  /** When something happens by itself; infinity when nothing does. */
  readonly nextMs: Millis;
  /** Plays everything until `now`, that instant included. */
  advance(now: Millis): void;
  /** Departures so far, each once, in order. */
  take(): Departure | null;
  /** Requests that have arrived and not departed. */
  readonly inFlight: number;
  /** As gunicorn on SIGTERM: the kernel's connections are reset, the workers' are served. */
  drain(now: Millis): void;
  /** The whole process dies: all of them are cut off. */
  abort(now: Millis): void;
  /** Core-milliseconds used so far. */
  usedMs(now: Millis): number;
}

export interface StationEnvironment {
  readonly deployment: StationDeployment;
  /** Start of the window, on the clock of `now`. */
  readonly zeroMs: Millis;
  readonly standstills: readonly Standstill[];
  /** Of this backend. */
  readonly rng: Rng;
  /** A worker went, and with it the connections it kept. */
  readonly left?: (gone: WorkerLife) => void;
}

/** A gthread worker that has waited for so long gives its thread back (gunicorn 26). */
const DEFER_AFTER_MS = 5_000;
/** Of what a gthread worker has accepted and not begun when it is replaced: 13 resets in 6 recycles with 4 waiting each were measured. */
const LOST_SHARE = 0.5;
const CUT: Played = { reset: true };
const LAST: Played = { closes: true };

export function createStation(environment: StationEnvironment): Station {
  const { deployment, zeroMs, rng, standstills } = environment;
  const { mode, station } = deployment;
  const timers = createDueHeap();
  const cpu = createCpu(deployment.workers, station.cores, mode === "gthread" ? station.gilOverhead : null);
  const pool = station.database === null ? null : createPool(station.database, timers);
  const jobs = new Map<number, Job>();
  const departures: Departure[] = [];
  const losses = rng.fork("lost");
  let tickets = 0;

  const crew = createCrew({
    deployment,
    cpu,
    timers,
    rng,
    zeroMs,
    back: (now, worker) => door.serve(now, worker),
  });
  const course = createCourse({
    deployment,
    cpu,
    timers,
    pool,
    awakeMs: (worker, at) => standsUntil(standstills, crew.awakeMs(worker, at)),
    ended: (now, job, failed) => end(now, job, failed ?? {}),
    watched: (worker) => watch.look(worker),
  });
  const watch = createWatch({ station, timers, zeroMs, rng, kill });
  const door = createDoor(deployment, crew.workers, timers, begin);
  stopAtStandstills(cpu, timers, standstills);

  function begin(now: Millis, job: Job, worker: Worker): void {
    job.worker = worker;
    job.startMs = now;
    worker.active.add(job);
    if (mode === "sync") {
      worker.busySinceMs = now;
      watch.look(worker);
    }
    if (job.readyMs <= now) start(now, job, worker);
    else if (job.readyMs < Number.POSITIVE_INFINITY) timers.add(job.readyMs, (at) => complete(at, job));
    if (mode === "gthread" && job.readyMs > now)
      timers.add(now + DEFER_AFTER_MS, (at) => {
        if (job.isOver || job.readyMs <= at) return;
        worker.active.delete(job);
        door.serve(at, worker);
      });
  }
  function start(now: Millis, job: Job, worker: Worker): void {
    const wasUp = worker.state === "up";
    const coldFactor = crew.begins(worker);
    if (wasUp && worker.state === "leaving") loseSome(worker);
    course.begin(now, job, coldFactor);
  }
  /** It is all there: where it is waited for, service starts; where its thread was given back, it queues up again. */
  function complete(now: Millis, job: Job): void {
    const { worker } = job;
    if (job.isOver || worker === null) return;
    if (worker.active.has(job)) start(now, job, worker);
    else if (!worker.fifo.includes(job)) door.arriveAt(now, job, worker);
  }
  function loseSome(worker: Worker): void {
    for (const job of worker.fifo.splice(0))
      (losses.next() < LOST_SHARE ? worker.lost : worker.fifo).push(job);
  }
  function end(now: Millis, job: Job, failed: Played): void {
    const { worker } = job;
    depart(now, job, failed);
    if (worker === null) return;
    if (mode === "sync") worker.busySinceMs = Number.POSITIVE_INFINITY;
    worker.idleSinceMs = now;
    if (worker.state === "leaving" && worker.active.size === 0 && worker.fifo.length === 0)
      replace(now, worker);
    else door.serve(now, worker);
  }
  function depart(now: Millis, job: Job, how: Played): void {
    const { worker, ticket } = job;
    if (job.isOver) return;
    course.drop(now, job);
    job.isOver = true;
    worker?.active.delete(job);
    jobs.delete(ticket);
    departures.push({
      ticket,
      slot: worker?.index ?? 0,
      worker: worker?.index ?? 0,
      life: worker?.life ?? 0,
      connectedMs: Math.min(job.connectedMs, now),
      startMs: Math.min(job.startMs, now),
      departureMs: now,
      played: { ...job.played, ...how, ...(worker?.state === "leaving" ? LAST : {}) },
    });
  }
  function replace(now: Millis, worker: Worker): void {
    const gone = { worker: worker.index, life: worker.life };
    for (const job of [...worker.lost.splice(0), ...worker.fifo.splice(0)]) depart(now, job, CUT);
    worker.loop.length = 0;
    worker.busySinceMs = Number.POSITIVE_INFINITY;
    crew.replace(now, worker);
    environment.left?.(gone);
  }
  function kill(now: Millis, worker: Worker, look: Played): void {
    // Whoever kept it from telling that it lives; the others of an event loop go with it.
    const culprit = worker.loop[0] ?? [...worker.active][0];
    for (const job of [...worker.active]) depart(now, job, job === culprit ? look : { empty: true });
    replace(now, worker);
    door.serve(now, worker);
  }
  const advance = (now: Millis): void => {
    for (;;) {
      const cpuMs = cpu.nextMs;
      const timerMs = timers.nextMs;
      if (Math.min(cpuMs, timerMs) > now || Math.min(cpuMs, timerMs) === Number.POSITIVE_INFINITY) return;
      if (cpuMs <= timerMs) cpu.step();
      else timers.run();
    }
  };
  return {
    arrive(now, request) {
      advance(now);
      const ticket = ++tickets;
      const job = createJob(ticket, request, now);
      jobs.set(ticket, job);
      const { kept } = request;
      const worker = kept === null ? null : (crew.workers[kept.worker] as Worker);
      if (kept === null || worker === null) door.arrive(now, job);
      else if (worker.life === kept.life) door.arriveAt(now, job, worker);
      else depart(now, job, CUT);
      return ticket;
    },
    ready(now, ticket) {
      advance(now);
      const job = jobs.get(ticket);
      if (job === undefined) return;
      job.readyMs = now;
      complete(now, job);
    },
    leave(now, ticket) {
      advance(now);
      const job = jobs.get(ticket);
      if (job === undefined) return;
      door.forget(job);
      end(now, job, { empty: true });
    },
    get nextMs() {
      return Math.min(cpu.nextMs, timers.nextMs);
    },
    advance,
    take: () => departures.shift() ?? null,
    get inFlight() {
      return jobs.size;
    },
    drain(now) {
      advance(now);
      for (const job of door.shut()) depart(now, job, CUT);
    },
    abort(now) {
      advance(now);
      door.shut();
      for (const job of [...jobs.values()]) depart(now, job, CUT);
    },
    usedMs: (now) => cpu.usedMs(now),
  };
}
