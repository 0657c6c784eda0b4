import { createRng, type Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { MixPlan } from "../../scenarios/mixes/plan.ts";
import type { Traffic } from "../../scenarios/scenario.ts";
import type { Pauses } from "./pauses.ts";
import {
  type Aftermath,
  CATCH_UP,
  type Call,
  MARK,
  MOST_SESSIONS,
  STEPS,
  type Verdict,
  type Visitor,
} from "./visitor.ts";
import { createWork } from "./work.ts";

/** Leads visitors through their sessions, page by page. */
export interface Walk {
  /** A visitor in front of its first page. */
  begin(session: number, client: number, seat: number): Visitor;
  /** Puts a new visitor behind a page, with what it has by then: the next one is drawn. */
  enter(visitor: Visitor, page: number, has: number): void;
  /** It gets again what it had, with these requests, before its page that is due at `pageMs`. */
  catchUp(visitor: Visitor, requests: readonly number[], pageMs: Millis): void;
  /** The same user as somebody new. */
  restart(visitor: Visitor, session: number): void;
  /** The next request of the page under way. */
  call(visitor: Visitor, dueMs: Millis): Call;
  /** What comes after a request that ended at `atMs`; the object is the same one every time. */
  follow(visitor: Visitor, atMs: Millis, verdict: Verdict): Aftermath;
  leave(visitor: Visitor): void;
}

/** A page and what is missing for it are far fewer requests than this. */
const LONGEST_PAGE = 16;

export function createWalk(
  traffic: Traffic,
  { chain, mix, sessions }: MixPlan,
  pauses: Pauses,
  seed: number,
): Walk {
  const paths = createRng(seed).fork("path");
  const work = createWork(traffic, undefined, seed, "window");
  const first = cumulative(chain.first);
  const next = chain.next.map(cumulative);
  const goesOn = 1 - 1 / (sessions?.length ?? 1);
  const free: number[] = [];
  let slots = 0;
  const aftermath: Aftermath = { mark: 0, backMs: null };

  const open = (visitor: Visitor, page: number): void => {
    const played = chain.play(page, visitor.has);
    visitor.page = page;
    visitor.requests = played.requests;
    visitor.has = played.has;
    visitor.sent = 0;
  };
  const turn = (visitor: Visitor): void =>
    open(visitor, draw(next[visitor.page] as Float64Array, visitor.path));
  const start = (visitor: Visitor, session: number): void => {
    if (session >= MOST_SESSIONS)
      throw new Error(`more than ${MOST_SESSIONS} sessions cannot be told apart: shorten the trial`);
    visitor.session = session;
    visitor.path = paths.fork(session);
    visitor.has = visitor.step = 0;
    visitor.catchingUp = false;
    open(visitor, draw(first, visitor.path));
  };
  const result = (mark: number, backMs: Millis | null): Aftermath => {
    aftermath.mark = mark;
    // Nobody sends anything after the window; who is between two pages then is neither done nor lost.
    aftermath.backMs = backMs !== null && backMs < traffic.duration ? backMs : null;
    return aftermath;
  };
  const send: Call = {
    visitor: blank(0, 0, 0, paths),
    phase: "window",
    k: 0,
    dueMs: 0,
    type: 0,
    demand: CATCH_UP,
  };
  return {
    begin(session, client, seat) {
      const visitor = blank(free.pop() ?? slots++, client, seat, paths);
      start(visitor, session);
      return visitor;
    },
    enter(visitor, page, has) {
      visitor.page = page;
      visitor.has = has;
      turn(visitor);
    },
    catchUp(visitor, requests, pageMs) {
      visitor.catchingUp = true;
      visitor.waiting = visitor.requests;
      visitor.requests = requests;
      visitor.pageMs = pageMs;
    },
    restart: start,
    call(visitor, dueMs) {
      const type = visitor.requests[visitor.sent++] as number;
      send.visitor = visitor;
      send.phase = dueMs < 0 || visitor.catchingUp ? "warmup" : "window";
      send.k = visitor.session * STEPS + visitor.step++;
      send.dueMs = dueMs;
      send.type = type;
      send.demand = visitor.catchingUp ? CATCH_UP : work.demand(send.k, type);
      return send;
    },
    follow(visitor, atMs, verdict) {
      if (verdict !== "fine") return result(verdict === "expired" ? MARK.expired : 0, null);
      const done = mix.requests[visitor.requests[visitor.sent - 1] as number];
      const mark = done?.isOrder && !visitor.catchingUp ? MARK.order : 0;
      if (visitor.sent < visitor.requests.length) return result(mark, atMs);
      if (visitor.catchingUp) {
        visitor.catchingUp = false;
        visitor.requests = visitor.waiting;
        visitor.sent = 0;
        return result(0, Math.max(atMs, visitor.pageMs));
      }
      if (visitor.path.next() >= goesOn || visitor.step > STEPS - LONGEST_PAGE)
        return result(mark | MARK.end, null);
      turn(visitor);
      return result(mark, atMs + pauses.before(visitor.session * STEPS + visitor.step));
    },
    leave: (visitor) => void free.push(visitor.slot),
  };
}

function blank(slot: number, client: number, seat: number, path: Rng): Visitor {
  const walk = {
    session: 0,
    path,
    page: 0,
    has: 0,
    requests: [],
    waiting: [],
    sent: 0,
    step: 0,
    catchingUp: false,
    pageMs: 0,
  };
  return { slot, client, seat, ...walk };
}

function cumulative(row: readonly number[]): Float64Array {
  let sum = 0;
  return Float64Array.from(row, (p) => (sum += p));
}

function draw(limits: Float64Array, rng: Rng): number {
  const u = rng.next() * (limits[limits.length - 1] as number);
  const at = limits.findIndex((limit) => u < limit);
  return at < 0 ? limits.length - 1 : at;
}
