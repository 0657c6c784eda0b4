import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { DemandUs, Phase } from "./work.ts";

/** One virtual user in a session. Its path, pauses and demands follow from (seed, session, step), whatever the answers are. */
export interface Visitor {
  /** A number below the most that there are at the same time. */
  readonly slot: number;
  /** Seat in a closed loop, -1 in an open one. */
  readonly seat: number;
  readonly client: number;
  session: number;
  /** Draws the path: whether the session goes on, and with which page. */
  path: Rng;
  page: number;
  /** What it has once the page is done, as bits. */
  has: number;
  /** Requests of the page under way, and how many of them were sent. */
  requests: readonly number[];
  sent: number;
  /** Number of its next request in the session. */
  step: number;
  /** Gets again what it had when it came into the trial; its page is due at `pageMs`. */
  catchingUp: boolean;
  pageMs: Millis;
  /** Requests of that page. */
  waiting: readonly number[];
}

/** A request of a visitor as it is due; the object is the same one every time. */
export interface Call {
  visitor: Visitor;
  phase: Phase;
  /** session x STEPS + step: the same request for every contestant. */
  k: number;
  dueMs: Millis;
  type: number;
  demand: DemandUs;
}

/** How a request ended: with what was asked for, with an error, with no answer, or with a shop that does not know its visitor any more. */
export type Verdict = "fine" | "error" | "failed" | "expired";

/** After a request: what its row says of the session, and when the visitor sends the next one; null when it has left. */
export interface Aftermath {
  mark: number;
  backMs: Millis | null;
}

/** Bits of a row's mark: the session ends here as planned, the shop does not know it any more, an order was confirmed. */
export const MARK = { end: 1, expired: 2, order: 4 } as const;

/** Requests of a session at most. */
export const STEPS = 1_024;
/** Sessions that a trial can number: k has 32 bits. */
export const MOST_SESSIONS = 2 ** 32 / STEPS - 1;
export const sessionOf = (k: number): number => Math.floor(k / STEPS);

/** A request that only gets back what a visitor had costs the backends next to nothing. */
export const CATCH_UP: DemandUs = { demandUs: 100, ioUs: 0, gilFreeUs: 0 };
