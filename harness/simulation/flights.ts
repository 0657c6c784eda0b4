import type { Millis } from "#kernel/units.ts";
import type { BackendIndex } from "../../balancers/algorithm.ts";
import { type Attempt, blankAttempt } from "../../balancers/dispatcher.ts";
import type { Phase } from "../traffic/work.ts";

export const PHASES: readonly Phase[] = ["warmup", "window"];

/** How an attempt ends; known when it starts, because nothing that starts later can change it. */
export const ENDS = ["answered", "refused", "closed", "silent", "abandoned"] as const;
export type End = (typeof ENDS)[number];

/** A request at the balancer, and the attempt that it is at. */
export interface Flight {
  phase: Phase;
  /** Number within its phase. */
  k: number;
  /** Position in `traffic.requests`. */
  type: number;
  client: number;
  /** Seat in a closed loop, -1 in an open one. */
  user: number;
  dueMs: Millis;
  demandMs: Millis;
  /** Backends of earlier attempts. */
  tried: readonly BackendIndex[];
  readonly attempt: Attempt;
  end: End;
  /** When the attempt ends. */
  atMs: Millis;
  /** Of its answer. */
  status: number;
  queueMs: Millis;
  serviceMs: Millis;
}

export const UNTRIED: readonly BackendIndex[] = [];

/** Nothing yet; to be filled again and again. */
export function createFlight(): Flight {
  return {
    phase: "window",
    k: 0,
    type: 0,
    client: 0,
    user: 0,
    dueMs: 0,
    demandMs: 0,
    tried: UNTRIED,
    attempt: blankAttempt(),
    end: "answered",
    atMs: 0,
    status: 0,
    queueMs: 0,
    serviceMs: 0,
  };
}

/**
 * Where flights wait for their attempt to end, as rows of numbers side by side: at thousands of backends, objects would cost
 * a cache miss a field and a copy at every collection.
 */
export interface Waiting {
  /** Keeps what the flight says, under a number. */
  park(flight: Flight): number;
  /** Puts it into `flight` again and gives the number free. */
  fetch(number: number, flight: Flight): void;
}

/** Two cache lines of numbers each. */
const STRIDE = 16;

export function createWaiting(): Waiting {
  let cells = new Float64Array(STRIDE * 1_024);
  const free: number[] = [];
  /** Of flights at their second attempt or a later one; most have none. */
  const tried = new Map<number, readonly BackendIndex[]>();
  let rows = 0;
  const row = (): number => {
    const number = free.pop() ?? rows++;
    if (number * STRIDE < cells.length) return number;
    const grown = new Float64Array(2 * cells.length);
    grown.set(cells);
    cells = grown;
    return number;
  };
  return {
    park(flight) {
      const number = row();
      const from = number * STRIDE;
      const { attempt } = flight;
      cells[from] = PHASES.indexOf(flight.phase);
      cells[from + 1] = flight.k;
      cells[from + 2] = flight.type;
      cells[from + 3] = flight.client;
      cells[from + 4] = flight.user;
      cells[from + 5] = flight.dueMs;
      cells[from + 6] = flight.demandMs;
      cells[from + 7] = attempt.backend;
      cells[from + 8] = attempt.startedAt;
      cells[from + 9] = attempt.trial ? 1 : 0;
      cells[from + 10] = ENDS.indexOf(flight.end);
      cells[from + 11] = flight.atMs;
      cells[from + 12] = flight.status;
      cells[from + 13] = flight.queueMs;
      cells[from + 14] = flight.serviceMs;
      cells[from + 15] = flight.tried.length;
      if (flight.tried.length > 0) tried.set(number, flight.tried);
      return number;
    },
    fetch(number, flight) {
      const from = number * STRIDE;
      const { attempt } = flight;
      flight.phase = PHASES[cells[from] as number] as Phase;
      flight.k = cells[from + 1] as number;
      flight.type = cells[from + 2] as number;
      flight.client = cells[from + 3] as number;
      flight.user = cells[from + 4] as number;
      flight.dueMs = cells[from + 5] as number;
      flight.demandMs = cells[from + 6] as number;
      attempt.backend = cells[from + 7] as number;
      attempt.startedAt = cells[from + 8] as number;
      attempt.trial = cells[from + 9] === 1;
      attempt.isSettled = false;
      flight.end = ENDS[cells[from + 10] as number] as End;
      flight.atMs = cells[from + 11] as number;
      flight.status = cells[from + 12] as number;
      flight.queueMs = cells[from + 13] as number;
      flight.serviceMs = cells[from + 14] as number;
      flight.tried = cells[from + 15] === 0 ? UNTRIED : (tried.get(number) as readonly BackendIndex[]);
      if (cells[from + 15] !== 0) tried.delete(number);
      free.push(number);
    },
  };
}
