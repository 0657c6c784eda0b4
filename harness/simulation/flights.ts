import type { Millis } from "#kernel/units.ts";
import type { BackendIndex } from "../../balancers/algorithm.ts";
import { type Attempt, blankAttempt } from "../../balancers/dispatcher.ts";
import type { Phase } from "../traffic/work.ts";

export const PHASES: readonly Phase[] = ["warmup", "window"];

/** How an attempt ends; known when it starts where nothing that starts later can change it. */
export const ENDS = [
  "answered",
  "refused",
  "unreachable",
  "closed",
  "broken",
  "malformed",
  "silent",
  "abandoned",
] as const;
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
  /** Of the demand; told to backends that share cores. */
  ioMs: Millis;
  gilFreeMs: Millis;
  /** How long its client takes to send it; told like the parts of the demand. */
  clientMs: Millis;
  /** Of the attempt at a backend that will tell later how it ends: until then `end` and `atMs` are how it ends if it never does. 0: known. */
  ticket: number;
  /** Backends of earlier attempts. */
  tried: readonly BackendIndex[];
  readonly attempt: Attempt;
  end: End;
  /** Its backend answers in the end, whoever still waits; known while the attempt starts alone. */
  isServed: boolean;
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
    ioMs: 0,
    gilFreeMs: 0,
    clientMs: 0,
    ticket: 0,
    tried: UNTRIED,
    attempt: blankAttempt(),
    end: "answered",
    isServed: true,
    atMs: 0,
    status: 0,
    queueMs: 0,
    serviceMs: 0,
  };
}

/** Where flights wait for their attempt to end. */
export interface Waiting {
  /** Keeps what the flight says, under a number. */
  park(flight: Flight): number;
  /** Puts it into `flight` again and gives the number free. */
  fetch(number: number, flight: Flight): void;
  /** Puts it into `flight` again, and keeps it. */
  look(number: number, flight: Flight): void;
}

/**
 * Bytes of a flight. At thousands of backends what costs is how much memory a flight takes, so its small numbers share words:
 * f64 dueMs, demandMs, startedAt, atMs, queueMs, serviceMs; u32 k, backend, words[2], words[3] as `park` puts them together.
 */
const BYTES = 64;
const DOUBLES = BYTES / 8;
const WORDS = BYTES / 4;
const FIRST_WORD = 12;

/** Bits of the last word, below the type and the status; the end of the attempt lies above them. */
const IN_WINDOW = 1;
const ON_TRIAL = 2;
const HAS_TRIED = 4;
const HAS_MORE = 64;
const END_SHIFT = 3;
const ENDS_MASK = 7;

type More = Pick<Flight, "ioMs" | "gilFreeMs" | "clientMs" | "ticket">;

export function createWaiting(): Waiting {
  let doubles = new Float64Array(DOUBLES * 1_024);
  let words = new Uint32Array(doubles.buffer);
  const free: number[] = [];
  /** Of flights at their second attempt or a later one; most have none. */
  const tried = new Map<number, readonly BackendIndex[]>();
  /** Of flights at backends that are played event by event. */
  const more = new Map<number, More>();
  let rows = 0;
  const row = (): number => {
    const number = free.pop() ?? rows++;
    if (number * DOUBLES < doubles.length) return number;
    const grown = new Float64Array(2 * doubles.length);
    grown.set(doubles);
    doubles = grown;
    words = new Uint32Array(grown.buffer);
    return number;
  };
  return {
    park(flight) {
      const number = row();
      const { attempt } = flight;
      const from = number * DOUBLES;
      doubles[from] = flight.dueMs;
      doubles[from + 1] = flight.demandMs;
      doubles[from + 2] = attempt.startedAt;
      doubles[from + 3] = flight.atMs;
      doubles[from + 4] = flight.queueMs;
      doubles[from + 5] = flight.serviceMs;
      const end = flight.end === "answered" ? 0 : ENDS.indexOf(flight.end);
      const flags =
        (flight.phase === "window" ? IN_WINDOW : 0) |
        (attempt.trial ? ON_TRIAL : 0) |
        (flight.tried.length > 0 ? HAS_TRIED : 0) |
        (hasMore(flight) ? HAS_MORE : 0) |
        (end << END_SHIFT);
      const word = number * WORDS + FIRST_WORD;
      words[word] = flight.k;
      words[word + 1] = attempt.backend;
      words[word + 2] = ((flight.user + 1) << 16) | flight.client;
      words[word + 3] = (flight.status << 16) | (flight.type << 8) | flags;
      if (flight.tried.length > 0) tried.set(number, flight.tried);
      if ((flags & HAS_MORE) !== 0) {
        const { ioMs, gilFreeMs, clientMs, ticket } = flight;
        more.set(number, { ioMs, gilFreeMs, clientMs, ticket });
      }
      return number;
    },
    look,
    fetch(number, flight) {
      look(number, flight);
      if (flight.tried.length > 0) tried.delete(number);
      if (hasMore(flight)) more.delete(number);
      free.push(number);
    },
  };
  function look(number: number, flight: Flight): void {
    const { attempt } = flight;
    const from = number * DOUBLES;
    flight.dueMs = doubles[from] as number;
    flight.demandMs = doubles[from + 1] as number;
    attempt.startedAt = doubles[from + 2] as number;
    flight.atMs = doubles[from + 3] as number;
    flight.queueMs = doubles[from + 4] as number;
    flight.serviceMs = doubles[from + 5] as number;
    const word = number * WORDS + FIRST_WORD;
    const who = words[word + 2] as number;
    const last = words[word + 3] as number;
    flight.k = words[word] as number;
    attempt.backend = words[word + 1] as number;
    flight.user = (who >>> 16) - 1;
    flight.client = who & 0xffff;
    flight.status = last >>> 16;
    flight.type = (last >>> 8) & 0xff;
    flight.phase = (last & IN_WINDOW) === 0 ? "warmup" : "window";
    flight.end = ENDS[(last >>> END_SHIFT) & ENDS_MASK] as End;
    attempt.trial = (last & ON_TRIAL) !== 0;
    attempt.isSettled = false;
    flight.tried = (last & HAS_TRIED) === 0 ? UNTRIED : (tried.get(number) as readonly BackendIndex[]);
    const extra = (last & HAS_MORE) === 0 ? NOTHING_MORE : (more.get(number) as More);
    flight.ioMs = extra.ioMs;
    flight.gilFreeMs = extra.gilFreeMs;
    flight.clientMs = extra.clientMs;
    flight.ticket = extra.ticket;
  }
}

const NOTHING_MORE: More = { ioMs: 0, gilFreeMs: 0, clientMs: 0, ticket: 0 };
const hasMore = ({ ioMs, gilFreeMs, clientMs, ticket }: More): boolean =>
  ioMs !== 0 || gilFreeMs !== 0 || clientMs !== 0 || ticket !== 0;
