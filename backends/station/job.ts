import type { Demand } from "#kernel/demand.ts";
import type { Millis } from "#kernel/units.ts";
import type { Assignment, Played } from "../service.ts";
import type { Task } from "./cpu.ts";

/** A worker process between its start and its end. */
export interface WorkerLife {
  /** Position of the worker, from 0. */
  readonly worker: number;
  readonly life: number;
}

/** A request as a station meets it. */
export interface StationRequest {
  /** Asked for when it is there in full. */
  demand(): Demand;
  /** Whose kept connection it comes on; null when it has a connection of its own. */
  readonly kept: WorkerLife | null;
  /** Uniform in [0, 1): which worker accepts it, of those that each accept for themselves. */
  readonly draw: number;
  /** What faults do to it, asked once, for the instant at which service starts. */
  play(startMs: Millis): Played;
  /** When its client has sent all of it: at once when absent, infinity when `ready` will say so. */
  readonly readyMs?: Millis;
}

/** How and when a request left. One that was never served has no service time. */
export interface Departure extends Assignment, WorkerLife {
  readonly ticket: number;
  /** When the kernel or a worker took its connection. */
  readonly connectedMs: Millis;
}

/** A request from its arrival to its departure. */
export interface Job {
  readonly ticket: number;
  readonly request: StationRequest;
  readyMs: Millis;
  connectedMs: Millis;
  startMs: Millis;
  /** Null while the kernel has it. */
  worker: Worker | null;
  played: Played;
  /** What it still has to do, last first. */
  pieces: Piece[];
  task: Task | null;
  hasConnection: boolean;
  isOver: boolean;
}

/** `hold` ends at an instant whatever happens; `io` ends when its process can run again; `database` waits for a connection. */
export interface Piece {
  readonly kind: "cpu" | "gil-free" | "io" | "hold" | "database";
  readonly ms: Millis;
}

/** `leaving`: it serves what it has and accepts no more. */
export interface Worker {
  readonly index: number;
  state: "up" | "leaving" | "down";
  life: number;
  /** Requests begun in this life, and the count at which it leaves. */
  begun: number;
  limit: number;
  readonly active: Set<Job>;
  /** Accepted, and not begun. */
  readonly fifo: Job[];
  /** Accepted, and reset when it goes. */
  readonly lost: Job[];
  idleSinceMs: Millis;
  /** Since when it has been at something that keeps it from telling that it lives; infinity when it is not. */
  busySinceMs: Millis;
  stoppedUntilMs: Millis;
  /** Of an event loop: who waits for the CPU, the running one first. */
  readonly loop: Job[];
}

/** One that has just arrived. */
export function createJob(ticket: number, request: StationRequest, now: Millis): Job {
  return {
    ticket,
    request,
    readyMs: request.readyMs ?? now,
    connectedMs: Number.POSITIVE_INFINITY,
    startMs: Number.POSITIVE_INFINITY,
    worker: null,
    played: {},
    pieces: [],
    task: null,
    hasConnection: false,
    isOver: false,
  };
}
