import type { Millis } from "#kernel/units.ts";
import type { BackendIndex } from "../../balancers/algorithm.ts";
import { blankAttempt, type Dispatcher } from "../../balancers/dispatcher.ts";
import type { ConcurrencyLimit } from "../../balancers/overlays/concurrency-limit.ts";
import type { Hedging } from "../../balancers/overlays/hedging.ts";
import type { End, Flight } from "./flights.ts";
import { keyOf, type ProxyRules, type Reply, type VirtualProxy } from "./proxy.ts";
import type { Left } from "./stations.ts";

const OVER_LIMIT = 503;

/** The same proxy behind a limit of requests in flight. */
export function withLimit(inner: VirtualProxy, limit: ConcurrencyLimit): VirtualProxy {
  const tickets = new Map<number, { readonly ticket: number; readonly from: Millis }>();
  const follow = (flight: Flight, reply: Reply | null): Reply | null => {
    const held = tickets.get(keyOf(flight));
    if (reply === null || held === undefined) return reply;
    tickets.delete(keyOf(flight));
    const isAnswer = reply.end === "answered" && reply.status < 500;
    limit.leave(held.ticket, isAnswer ? reply.atMs - held.from : null);
    return reply;
  };
  return {
    ...inner,
    start(flight, now) {
      const ticket = limit.enter();
      if (ticket === null)
        return { end: "answered", atMs: now, status: OVER_LIMIT, backend: null, queueMs: 0, serviceMs: 0 };
      tickets.set(keyOf(flight), { ticket, from: now });
      return follow(flight, inner.start(flight, now));
    },
    finish: (flight) => follow(flight, inner.finish(flight)),
  };
}

/** An attempt beside the one that its flight is at. */
interface Copy {
  readonly isFirst: boolean;
  readonly ticket: number;
  readonly backend: BackendIndex;
  readonly startedAt: Millis;
  readonly trial: boolean;
  readonly end: End;
  readonly atMs: Millis;
  readonly status: number;
  readonly queueMs: Millis;
  readonly serviceMs: Millis;
}

function copyOf({ attempt, ticket, end, atMs, status, queueMs, serviceMs }: Flight, isFirst: boolean): Copy {
  const { backend, startedAt, trial } = attempt;
  return { isFirst, ticket, backend, startedAt, trial, end, atMs, status, queueMs, serviceMs };
}

function putBack(copy: Copy, flight: Flight): void {
  const { attempt } = flight;
  attempt.backend = copy.backend;
  attempt.startedAt = copy.startedAt;
  attempt.trial = copy.trial;
  attempt.isSettled = false;
  flight.ticket = copy.ticket;
  flight.end = copy.end;
  flight.atMs = copy.atMs;
  flight.status = copy.status;
  flight.queueMs = copy.queueMs;
  flight.serviceMs = copy.serviceMs;
}

/**
 * The same proxy, which sends a second copy of what is late. The end of an attempt is known when it starts, so a late one is first waited
 * for until its second copy is due; of the two, the one that ends sooner is followed, and the other one kept beside it.
 */
export function withHedging(
  inner: VirtualProxy,
  dispatcher: Dispatcher,
  hedging: Hedging,
  { isRepeatable, copies }: Pick<ProxyRules, "isRepeatable"> & { readonly copies: Set<number> },
): VirtualProxy {
  /** When late first attempts really end. */
  const late = new Map<number, Millis>();
  const beside = new Map<number, Copy>();
  const spare = blankAttempt();

  const sendSecond = (flight: Flight, endsAt: Millis): null => {
    const now = flight.atMs;
    flight.atMs = endsAt;
    if (!hedging.withdraw(now)) return null;
    const first = copyOf(flight, true);
    flight.tried = [first.backend];
    if (!inner.again(flight, now)) {
      flight.tried = [];
      return null;
    }
    const key = keyOf(flight);
    copies.add(key);
    if (flight.atMs < first.atMs) beside.set(key, first);
    else {
      beside.set(key, copyOf(flight, false));
      flight.tried = [flight.attempt.backend];
      putBack(first, flight);
    }
    return null;
  };
  const finishOne = (flight: Flight, other: Copy): Reply | null => {
    const { attempt, end, atMs } = flight;
    if (end !== "answered" && end !== "broken" && end !== "abandoned") {
      dispatcher.settle(attempt, "failed", atMs);
      flight.tried = [attempt.backend];
      putBack(other, flight);
      return null;
    }
    const { backend, startedAt, trial } = other;
    if (end === "answered") hedging.observe(atMs - (other.isFirst ? startedAt : attempt.startedAt));
    dispatcher.settle(
      Object.assign(spare, { backend, startedAt, trial, isSettled: false }),
      "abandoned",
      atMs,
    );
    return inner.finish(flight);
  };
  const left = (flight: Flight, gone: Left): boolean => {
    const key = keyOf(flight);
    if (inner.left(flight, gone)) {
      // It ended before its second copy was due.
      late.delete(key);
      return true;
    }
    const other = beside.get(key);
    if (other?.ticket !== gone.ticket) return false;
    beside.set(key, copyOf(flight, !other.isFirst));
    putBack(other, flight);
    flight.tried = [beside.get(key)!.backend];
    return inner.left(flight, gone);
  };
  const finish = (flight: Flight): Reply | null => {
    const key = keyOf(flight);
    const endsAt = late.get(key);
    if (endsAt !== undefined) {
      late.delete(key);
      return sendSecond(flight, endsAt);
    }
    const other = beside.get(key);
    if (other !== undefined) {
      beside.delete(key);
      return finishOne(flight, other);
    }
    if (flight.end === "answered" && flight.tried.length === 0)
      hedging.observe(flight.atMs - flight.attempt.startedAt);
    return inner.finish(flight);
  };
  return {
    ...inner,
    left,
    start(flight, now) {
      hedging.deposit(now);
      const reply = inner.start(flight, now);
      if (reply !== null) return reply;
      const dueMs = now + (hedging.delayMs ?? Number.POSITIVE_INFINITY);
      if (flight.atMs <= dueMs || !isRepeatable(flight)) return null;
      late.set(keyOf(flight), flight.atMs);
      flight.atMs = dueMs;
      return null;
    },
    finish(flight) {
      const reply = finish(flight);
      if (reply !== null) copies.delete(keyOf(flight));
      return reply;
    },
  };
}
