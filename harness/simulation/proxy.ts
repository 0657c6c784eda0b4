import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { BackendIndex, RequestView } from "../../balancers/algorithm.ts";
import type { Attempt, Dispatcher } from "../../balancers/dispatcher.ts";
import { IDEMPOTENT_METHODS } from "../../balancers/parity.ts";
import type { RetryBudget } from "../../balancers/retry-budget.ts";
import type { Station } from "./station.ts";

/** One request at the balancer. */
export interface Call {
  readonly view: RequestView;
  readonly method: string;
  readonly hasBody: boolean;
  readonly demandMs: Millis;
  /** When its client gives up. */
  readonly limitMs: Millis;
  /** Streams of its accidents, one per attempt. */
  readonly rng: () => Rng;
  readonly tried: BackendIndex[];
  /** Second copies among the attempts. */
  hedges: number;
}

/** What the client sees in the end. `backend` is the position of the one that answered, null when none did. */
export interface Reply {
  readonly end: "answered" | "timeout";
  readonly atMs: Millis;
  readonly status: number;
  readonly backend: BackendIndex | null;
  readonly queueMs: Millis;
  readonly serviceMs: Millis;
}

/** An attempt under way: everything about its end is known, because nothing that starts later can change it. */
export interface Underway {
  readonly call: Call;
  readonly attempt: Attempt;
  readonly end: "answered" | "refused" | "closed" | "silent" | "abandoned";
  readonly atMs: Millis;
  readonly status: number;
  readonly queueMs: Millis;
  readonly serviceMs: Millis;
  /** The attempt that starts with it, null when none does; absent: itself. */
  readonly starts?: Underway | null;
}

export interface ProxyRules {
  readonly tries: number;
  /** Silence of a backend that is a failure. */
  readonly readMs: Millis;
  readonly budget: RetryBudget;
}

export interface VirtualProxy {
  /** A request comes in at `now`: an attempt under way, or the reply when there is no backend. */
  start(call: Call, now: Millis): Underway | Reply;
  /** The attempt ends (at its `atMs`): the next attempt, or the reply. */
  finish(underway: Underway): Underway | Reply;
  /** One more attempt at a request that is under way; null when no backend is left. */
  again(call: Call, now: Millis): Underway | null;
}

export const isReply = (result: Underway | Reply): result is Reply => !("attempt" in result);

const IDEMPOTENT: ReadonlySet<string> = new Set(IDEMPOTENT_METHODS);
const NO_BACKEND = 503;
const BAD_GATEWAY = 502;
const GATEWAY_TIMEOUT = 504;

/** The builtin proxy's rules (`balancers/builtin/proxy.ts`) without its sockets: the same dispatcher, the same retries, the same answers. */
export function createVirtualProxy(
  dispatcher: Dispatcher,
  stations: readonly Station[],
  rules: ProxyRules,
): VirtualProxy {
  const attempt = (call: Call, now: Millis, failedWith: number): Underway | Reply => {
    const sent = dispatcher.start(call.view, now, call.tried);
    if (sent === null) return ownAnswer(now, failedWith);
    call.tried.push(sent.backend);
    const { length } = call.tried;
    const visit = (stations[sent.backend] as Station).arrive(now, call.demandMs, () =>
      call.rng().fork(length),
    );
    const silentMs = now + rules.readMs;
    const { queueMs, serviceMs, status } = visit;
    const base = { call, attempt: sent, status, queueMs, serviceMs };
    if (call.limitMs <= Math.min(visit.atMs, silentMs))
      return { ...base, end: "abandoned", atMs: call.limitMs };
    if (silentMs < visit.atMs) return { ...base, end: "silent", atMs: silentMs };
    return { ...base, end: visit.end, atMs: visit.atMs };
  };
  return {
    again(call, now) {
      const result = attempt(call, now, NO_BACKEND);
      return isReply(result) ? null : result;
    },
    start(call, now) {
      rules.budget.deposit(now);
      return attempt(call, now, NO_BACKEND);
    },
    finish(underway) {
      const { call, atMs, status, queueMs, serviceMs } = underway;
      const { backend } = underway.attempt;
      if (underway.end === "answered") {
        dispatcher.settle(underway.attempt, status >= 500 ? "errored" : "answered", atMs);
        return { end: "answered", atMs, status, backend, queueMs, serviceMs };
      }
      if (underway.end === "abandoned") {
        dispatcher.settle(underway.attempt, "abandoned", atMs);
        return { end: "timeout", atMs, status: 0, backend: null, queueMs: 0, serviceMs: 0 };
      }
      dispatcher.settle(underway.attempt, "failed", atMs);
      const mine = underway.end === "silent" ? GATEWAY_TIMEOUT : BAD_GATEWAY;
      const repeatable =
        underway.end === "refused" ||
        (underway.end === "closed" && !call.hasBody && IDEMPOTENT.has(call.method));
      const again =
        repeatable && call.tried.length - call.hedges < rules.tries && rules.budget.withdraw(atMs);
      return again ? attempt(call, atMs, mine) : ownAnswer(atMs, mine);
    },
  };
}

/** The balancer's own words, at once. */
export function ownAnswer(atMs: Millis, status: number): Reply {
  return { end: "answered", atMs, status, backend: null, queueMs: 0, serviceMs: 0 };
}
