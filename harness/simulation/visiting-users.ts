import { isPrelude } from "../traffic/preludes.ts";
import { type Call, sessionOf, type Visitor } from "../traffic/visitor.ts";
import type { Visitors } from "../traffic/visitors.ts";
import { type Due, NOBODY, type Users } from "./users.ts";

/** Visitors as users of a simulation, where a request in flight is known by its number alone. */
export function createVisitingUsers(visitors: Visitors): Users {
  const inSession = new Map<number, Visitor>();
  const inSlot: (Visitor | undefined)[] = [];
  const work = { type: 0, demandUs: 0, ioUs: 0, gilFreeUs: 0, client: 0 };
  const due: Due = { phase: "window", k: 0, dueMs: 0, user: NOBODY, work };
  const send = ({ visitor, phase, k, dueMs, type, demand }: Call): Due => {
    due.phase = phase;
    due.k = k;
    due.dueMs = dueMs;
    work.type = type;
    work.demandUs = demand.demandUs;
    work.ioUs = demand.ioUs;
    work.gilFreeUs = demand.gilFreeUs;
    work.client = visitor.client;
    return due;
  };
  const users = {
    seat: NOBODY,
    mark: 0,
    get nextMs() {
      return visitors.nextMs;
    },
    take() {
      const call = visitors.take();
      inSession.set(call.visitor.session, call.visitor);
      return send(call);
    },
    ended({ k }: { readonly k: number }, atMs: number, verdict: Parameters<Visitors["ended"]>[2]) {
      const session = sessionOf(k);
      const visitor = inSession.get(session);
      if (visitor === undefined) throw new Error(`nobody is in session ${session}`);
      const { mark, backMs } = visitors.ended(visitor, atMs, verdict);
      users.mark = mark;
      users.seat = visitor.slot;
      if (backMs === null || visitor.session !== session) inSession.delete(session);
      if (backMs !== null) {
        inSession.set(visitor.session, visitor);
        inSlot[visitor.slot] = visitor;
      }
      return backMs;
    },
    again(seat: number, atMs: number) {
      const visitor = inSlot[seat];
      if (visitor === undefined) throw new Error(`nobody comes back under ${seat}`);
      return send(visitors.again(visitor, atMs));
    },
  };
  return users;
}

/** Open users who wait for no answer, and clients who get what they need in the warm-up. */
export function withPreludes(plain: Users, preludes: Visitors): Users {
  const getting = createVisitingUsers(preludes);
  return {
    get nextMs() {
      return Math.min(plain.nextMs, getting.nextMs);
    },
    get seat() {
      return getting.seat;
    },
    mark: 0,
    take: () => (getting.nextMs <= plain.nextMs ? getting.take() : plain.take()),
    ended: (flight, atMs, verdict) =>
      flight.phase === "warmup" && isPrelude(flight.k) ? getting.ended(flight, atMs, verdict) : null,
    again: getting.again,
  };
}
