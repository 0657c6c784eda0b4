import type { Millis } from "#kernel/units.ts";
import type { Dispatcher } from "../../balancers/dispatcher.ts";
import type { ConcurrencyLimit } from "../../balancers/overlays/concurrency-limit.ts";
import { type Hedging, mayHedge } from "../../balancers/overlays/hedging.ts";
import { type Call, isReply, ownAnswer, type Reply, type Underway, type VirtualProxy } from "./proxy.ts";

const OVER_LIMIT = 503;

/** The same proxy behind a limit of requests in flight. */
export function withLimit(inner: VirtualProxy, limit: ConcurrencyLimit): VirtualProxy {
  const tickets = new Map<Call, { readonly ticket: number; readonly from: Millis }>();
  const follow = (call: Call, result: Underway | Reply): Underway | Reply => {
    const held = tickets.get(call);
    if (!isReply(result) || held === undefined) return result;
    tickets.delete(call);
    const isAnswer = result.end === "answered" && result.status < 500;
    limit.leave(held.ticket, isAnswer ? result.atMs - held.from : null);
    return result;
  };
  return {
    ...inner,
    start(call, now) {
      const ticket = limit.enter();
      if (ticket === null) return ownAnswer(now, OVER_LIMIT);
      tickets.set(call, { ticket, from: now });
      return follow(call, inner.start(call, now));
    },
    finish: (underway) => follow(underway.call, inner.finish(underway)),
  };
}

/**
 * The same proxy, which sends a second copy of what is late. The end of an attempt is known when it starts, so a late one is first waited
 * for until its second copy is due; of the two, the one that ends sooner is followed, and the other one kept beside it.
 */
export function withHedging(inner: VirtualProxy, dispatcher: Dispatcher, hedging: Hedging): VirtualProxy {
  const late = new Map<Call, Underway>();
  const beside = new Map<Call, Underway>();
  const isFirst = ({ call, attempt }: Underway): boolean => call.tried[0] === attempt.backend;
  const observe = (underway: Underway, now: Millis): void => {
    if (isFirst(underway)) hedging.observe(now - underway.attempt.startedAt);
  };

  const sendSecond = (first: Underway, now: Millis): Underway => {
    const { call } = first;
    const second = hedging.withdraw(now) ? inner.again(call, now) : null;
    if (second === null) return { ...first, starts: null };
    call.hedges += 1;
    const [sooner, other] = second.atMs < first.atMs ? [second, first] : [first, second];
    beside.set(call, other);
    return { ...sooner, starts: second };
  };
  const finishOne = (underway: Underway, other: Underway): Underway | Reply => {
    const { end, atMs } = underway;
    if (end !== "answered" && end !== "abandoned") {
      dispatcher.settle(underway.attempt, "failed", atMs);
      return { ...other, starts: null };
    }
    if (end === "answered") {
      observe(underway, atMs);
      observe(other, atMs);
    }
    dispatcher.settle(other.attempt, "abandoned", atMs);
    return inner.finish(underway);
  };
  return {
    ...inner,
    start(call, now) {
      hedging.deposit(now);
      const first = inner.start(call, now);
      if (isReply(first)) return first;
      const dueMs = now + (hedging.delayMs ?? Number.POSITIVE_INFINITY);
      if (first.atMs <= dueMs || !mayHedge(call.method, call.hasBody)) return first;
      late.set(call, first);
      return { ...first, atMs: dueMs };
    },
    finish(underway) {
      const { call, atMs } = underway;
      const first = late.get(call);
      if (first !== undefined) {
        late.delete(call);
        return sendSecond(first, atMs);
      }
      const other = beside.get(call);
      if (other !== undefined) {
        beside.delete(call);
        return finishOne(underway, other);
      }
      if (underway.end === "answered") observe(underway, atMs);
      return inner.finish(underway);
    },
  };
}
