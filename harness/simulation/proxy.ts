import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { NO_K } from "../../backends/protocol.ts";
import type { BackendIndex, RequestView } from "../../balancers/algorithm.ts";
import type { Dispatcher } from "../../balancers/dispatcher.ts";
import { IDEMPOTENT_METHODS } from "../../balancers/parity.ts";
import type { RetryBudget } from "../../balancers/retry-budget.ts";
import type { Fleet } from "./fleet.ts";
import { createFlight, type Flight, UNTRIED } from "./flights.ts";
import type { Left } from "./stations.ts";
import type { Caller } from "./trouble.ts";
import type { Visitors } from "./visitors.ts";

/** What the client sees in the end; the object is the same one every time. */
export interface Reply {
  /** Broken: the answer began and did not end. */
  end: "answered" | "timeout" | "broken";
  atMs: Millis;
  status: number;
  /** Position of the one that answered, null when none did. */
  backend: BackendIndex | null;
  queueMs: Millis;
  serviceMs: Millis;
}

export interface ProxyRules {
  /** What the algorithm sees. */
  view(flight: Flight): RequestView;
  /** May be sent again although it reached a backend. */
  isRepeatable(flight: Flight): boolean;
  /** Streams of a request's accidents, one per attempt. */
  accidents(flight: Flight): Rng;
  /** What faults look at. */
  readonly visitors: Visitors;
  /** One way between balancer and backend. */
  readonly hopMs: Millis;
  /** After so long its client gives a request up, counted from when it was due. */
  readonly timeoutMs: Millis;
  readonly tries: number;
  /** A connection that is not made by then is a failure. */
  readonly connectMs: Millis;
  /** Silence of a backend that is a failure. */
  readonly readMs: Millis;
  readonly budget: RetryBudget;
  /** Requests (`keyOf`) that had a second copy; copies are no retries. */
  readonly copies: ReadonlySet<number>;
  /** An attempt starts. */
  attempted(flight: Flight): void;
}

/** A request under way, as a number. */
export const keyOf = ({ phase, k }: Flight): number => 2 * k + (phase === "window" ? 1 : 0);

export interface VirtualProxy {
  /** A request comes in at `now`: null when an attempt is under way, which ends at `flight.atMs`, or the reply when there is no backend. */
  start(flight: Flight, now: Millis): Reply | null;
  /** The attempt ends, at `flight.atMs`: null when there is a next one, or the reply. */
  finish(flight: Flight): Reply | null;
  /** A backend has told how this attempt ended; false when the flight is at it no more. Then `finish` is due, at `flight.atMs`. */
  left(flight: Flight, left: Left): boolean;
  /** One more attempt at a request that is under way, not at those in `flight.tried`; false when no backend is left. */
  again(flight: Flight, now: Millis): boolean;
}

const IDEMPOTENT: ReadonlySet<string> = new Set(IDEMPOTENT_METHODS);
const NO_BACKEND = 503;
const BAD_GATEWAY = 502;
const GATEWAY_TIMEOUT = 504;

/** As the builtin proxy decides it: after a cut connection only what may be done twice is sent again. */
export const isRepeatable = (method: string, body: string | undefined): boolean =>
  (body === undefined || body === "") && IDEMPOTENT.has(method);

/** The builtin proxy's rules (`balancers/builtin/proxy.ts`) without its sockets: the same dispatcher, the same retries, the same answers. */
export function createVirtualProxy(dispatcher: Dispatcher, fleet: Fleet, rules: ProxyRules): VirtualProxy {
  const reply: Reply = { end: "answered", atMs: 0, status: 0, backend: null, queueMs: 0, serviceMs: 0 };

  let current = createFlight();
  /** One object for all attempts; few ever have an accident. */
  const caller: Caller = {
    accidents: () => rules.accidents(current).fork(current.tried.length + 1),
    get k() {
      return current.phase === "window" ? current.k : NO_K;
    },
    get method() {
      return rules.visitors.methodOf(current);
    },
    get path() {
      return rules.visitors.pathOf(current);
    },
    answerBytes: () => rules.visitors.answerBytesOf(current),
  };

  const ownAnswer = (end: Reply["end"], atMs: Millis, status: number): Reply => {
    reply.end = end;
    reply.atMs = atMs;
    reply.status = status;
    reply.backend = null;
    reply.queueMs = reply.serviceMs = 0;
    return reply;
  };
  const attempt = (flight: Flight, now: Millis, failedWith: number): Reply | null => {
    const { tried } = flight;
    const sent = dispatcher.start(rules.view(flight), now, tried, flight.attempt);
    if (sent === null) return ownAnswer("answered", now, failedWith);
    current = flight;
    const visit = fleet.arrive(sent.backend, now + rules.hopMs, flight, caller);
    const endMs = visit.end === "unreachable" ? now + rules.connectMs : visit.atMs + rules.hopMs;
    const limitMs = flight.dueMs + rules.timeoutMs;
    const silentMs = now + rules.readMs;
    const isAbandoned = limitMs <= Math.min(endMs, silentMs);
    flight.ticket = visit.ticket;
    flight.end = isAbandoned ? "abandoned" : silentMs < endMs ? "silent" : visit.end;
    flight.isServed = visit.end === "answered";
    flight.atMs = Math.min(endMs, silentMs, limitMs);
    flight.status = visit.status;
    flight.queueMs = visit.queueMs;
    flight.serviceMs = visit.serviceMs;
    rules.attempted(flight);
    return null;
  };
  return {
    left(flight, { ticket, end, atMs, status, queueMs, serviceMs }) {
      if (flight.ticket !== ticket) return false;
      flight.ticket = 0;
      flight.end = end;
      flight.atMs = atMs + rules.hopMs;
      flight.status = status;
      flight.queueMs = queueMs;
      flight.serviceMs = serviceMs;
      return true;
    },
    again: (flight, now) => attempt(flight, now, NO_BACKEND) === null,
    start(flight, now) {
      rules.budget.deposit(now);
      flight.tried = UNTRIED;
      return attempt(flight, now, NO_BACKEND);
    },
    finish(flight) {
      const { end, atMs, status } = flight;
      const { backend } = flight.attempt;
      if (end === "answered") {
        dispatcher.settle(flight.attempt, status >= 500 ? "errored" : "answered", atMs);
        reply.end = "answered";
        reply.atMs = atMs;
        reply.status = status;
        reply.backend = backend;
        reply.queueMs = flight.queueMs;
        reply.serviceMs = flight.serviceMs;
        return reply;
      }
      dispatcher.settle(flight.attempt, end === "abandoned" ? "abandoned" : "failed", atMs);
      if (end === "abandoned") return ownAnswer("timeout", atMs, 0);
      flight.tried = [...flight.tried, backend];
      if (end === "broken") return ownAnswer("broken", atMs, 0);
      const mine = end === "silent" || end === "unreachable" ? GATEWAY_TIMEOUT : BAD_GATEWAY;
      const isUnsent = end === "refused" || end === "unreachable";
      const mayRepeat = isUnsent || (end === "closed" && rules.isRepeatable(flight));
      const attempts = flight.tried.length - (rules.copies.has(keyOf(flight)) ? 1 : 0);
      const again = mayRepeat && attempts < rules.tries && rules.budget.withdraw(atMs);
      return again ? attempt(flight, atMs, mine) : ownAnswer("answered", atMs, mine);
    },
  };
}
