import { createRng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { createRecentLatency } from "../../backends/recent-latency.ts";
import type { AlgorithmDefinition, RequestView } from "../../balancers/algorithm.ts";
import type { Tuning } from "../../balancers/balancer.ts";
import { createDispatcher } from "../../balancers/dispatcher.ts";
import { NATIVE, PARITY } from "../../balancers/parity.ts";
import { createRetryBudget } from "../../balancers/retry-budget.ts";
import { sessionValue } from "../../balancers/session-cookie.ts";
import { capacityOf } from "../../scenarios/capacity.ts";
import type { RequestType, Scenario } from "../../scenarios/scenario.ts";
import { blankRow, OUTCOMES, type Row, UNKNOWN_U32 } from "../rows.ts";
import { clientAddress } from "../traffic/client-address.ts";
import { type CookieJar, createCookieJar } from "../traffic/cookie-jar.ts";
import { forClient } from "../traffic/for-client.ts";
import { createEventQueue } from "./events.ts";
import {
  type Call,
  createVirtualProxy,
  isReply,
  type Reply,
  type Underway,
  type VirtualProxy,
} from "./proxy.ts";
import { createStation } from "./station.ts";
import { createUsers, type Due } from "./users.ts";

export interface VirtualTrial {
  readonly scenario: Scenario;
  readonly algorithm: AlgorithmDefinition;
  readonly seed: number;
  readonly tuning: Tuning;
  /** Of the balancer: how long a silent backend is waited for. */
  readonly readMs: Millis;
}

/** What a trial tells while it is played; the row is the same object every time. */
export interface Listener {
  row(row: Row): void;
  /** An attempt starts; `backend` is an id, from 1, and `reached` says whether it accepted the connection. */
  attempt(attempt: {
    readonly backend: number;
    readonly atMs: Millis;
    readonly reached: boolean;
    readonly counted: boolean;
  }): void;
  /** A backend answered a request of the window, whoever still waited for it. */
  completed(backend: number): void;
}

/** A trial under way in virtual time. */
export interface VirtualRun {
  /** Plays at most so many events; false when the last answer has come. */
  step(events: number): boolean;
  readonly nowMs: Millis;
  readonly scheduled: number;
  readonly ended: number;
  /** Integral of the requests of the window in flight over time, in ms; kept apart from the rows. */
  readonly inFlightMs: number;
}

type Event = { readonly due: Due; readonly underway: Underway } | { readonly user: number };

/**
 * Plays warm-up and window of one contestant in virtual time, to the last answer. The algorithm, the dispatcher, the backends'
 * service and faults, and the work of request k are the code that plays live; the network and the balancer cost nothing.
 */
export function playVirtual(trial: VirtualTrial, listener: Listener): VirtualRun {
  const { scenario, seed } = trial;
  const { traffic } = scenario;
  const users = createUsers(scenario, capacityOf(scenario).perSecond, seed);
  const events = createEventQueue<Event>();
  const accidents = createRng(seed).fork("accidents");
  const jar = createCookieJar();
  const { cookie } = trial.algorithm;
  const views = createViews(traffic.requests, jar);
  const { proxy, answers } = proxyOf(trial, () => nowMs);
  const write = createRowOf(listener);
  let nowMs = -traffic.warmup;
  let scheduled = 0;
  let ended = 0;
  let inFlightMs = 0;

  const advance = (toMs: Millis): void => {
    inFlightMs += (scheduled - ended) * (toMs - nowMs);
    nowMs = toMs;
  };
  const follow = (due: Due, result: Underway | Reply): void => {
    const counted = due.phase === "window";
    if (!isReply(result)) {
      const { backend, startedAt } = result.attempt;
      const reached = result.end !== "refused";
      if (result.end === "answered") answers?.add(backend, result.queueMs + result.serviceMs, result.atMs);
      listener.attempt({ backend: backend + 1, atMs: startedAt, reached, counted });
      events.plan(result.atMs, { due, underway: result });
      return;
    }

    if (cookie !== undefined && result.backend !== null)
      jar.keep(due.client, `${cookie}=${sessionValue(result.backend)}`);
    if (counted) {
      ended += 1;
      if (result.backend !== null) listener.completed(result.backend + 1);
      write(due, result);
    }
    const back = users.ended(due.user, result.atMs, result.end === "timeout");
    if (back !== null) events.plan(back, { user: due.user });
  };
  const begin = (due: Due): void => {
    if (due.phase === "window") scheduled += 1;
    const request = traffic.requests[due.type] as RequestType;
    const call: Call = {
      view: views(due),
      method: request.method,
      hasBody: request.body !== undefined && request.body !== "",
      demandMs: due.demandUs / 1_000,
      limitMs: due.dueMs + traffic.timeout,
      rng: () => accidents.fork(due.phase).fork(due.k),
      tried: [],
    };
    follow(due, proxy.start(call, due.dueMs));
  };
  const next = (): boolean => {
    const arrivalMs = users.nextMs;
    const eventMs = events.nextMs;
    if (arrivalMs === Number.POSITIVE_INFINITY && eventMs === Number.POSITIVE_INFINITY) return false;
    advance(Math.min(arrivalMs, eventMs));
    // What ends at an instant has ended when a request comes at the same one.
    if (arrivalMs < eventMs) begin(users.take());
    else {
      const event = events.take();
      if ("user" in event) begin(users.again(event.user, eventMs));
      else follow(event.due, proxy.finish(event.underway));
    }
    return true;
  };
  return {
    step(most) {
      for (let count = 0; count < most; count++) if (!next()) return false;
      return true;
    },
    get nowMs() {
      return nowMs;
    },
    get scheduled() {
      return scheduled;
    },
    get ended() {
      return ended;
    },
    get inFlightMs() {
      return inFlightMs;
    },
  };
}

interface Probed {
  readonly proxy: VirtualProxy;
  /** What backends will say of their latency; null when the algorithm does not probe. */
  readonly answers: { add(backend: number, latencyMs: Millis, atMs: Millis): void } | null;
}

function proxyOf(trial: VirtualTrial, clock: () => Millis): Probed {
  const { scenario, algorithm, seed, readMs } = trial;
  const { mode, threads } = scenario.backends;
  const { backends } = capacityOf(scenario);
  const isNative = trial.tuning === "native";
  const stations = backends.map(({ id, slots, speed }) =>
    createStation(
      { mode, workers: slots / threads, threads, speed },
      scenario.faults.filter(({ backend }) => backend === id),
    ),
  );
  const chosen = algorithm.create({
    rng: createRng(seed).fork("algorithm"),
    size: backends.length,
    hashKey: scenario.contestants.hashKey,
  });
  const recent = chosen.probes === undefined ? null : backends.map(createRecentLatency);
  const dispatcher = createDispatcher({
    algorithm: chosen,
    weights: backends.map(({ weight }) => weight),
    // Answered at once and for nothing.
    probe: (backend, answer) =>
      answer(
        {
          inFlight: dispatcher.pool.inflight[backend]!,
          latencyMs: recent?.[backend]?.median(dispatcher.pool.inflight[backend]!, clock()) ?? 0,
        },
        clock(),
      ),
    ejection: { maxFails: isNative ? NATIVE.maxFails : PARITY.maxFails, ejectMs: PARITY.failTimeoutMs },
    now: -scenario.traffic.warmup,
  });
  const budget = createRetryBudget(isNative ? NATIVE.retryBudget : null);
  const proxy = createVirtualProxy(dispatcher, stations, { tries: PARITY.tries, readMs, budget });
  if (recent === null) return { proxy, answers: null };
  return {
    proxy,
    answers: {
      // The pool counts the request itself.
      add: (backend, latencyMs, atMs) =>
        recent[backend]!.add(latencyMs, dispatcher.pool.inflight[backend]! - 1, atMs),
    },
  };
}

/** What an algorithm sees of a request. */
function createViews(requests: readonly RequestType[], jar: CookieJar): (due: Due) => RequestView {
  const headers = requests.map(
    (request) => new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
  );
  return ({ type, client }) => {
    // As it is when the request is sent, whatever the client is told until a retry.
    const kept = jar.of(client);
    return {
      clientAddress: clientAddress(client),
      path: forClient((requests[type] as RequestType).path, client),
      header(name) {
        const said = headers[type]?.get(name);
        const own = said === undefined ? undefined : forClient(said, client);
        if (kept === null || name !== "cookie") return own;
        return own === undefined ? kept : `${own}; ${kept}`;
      },
    };
  };
}

const OK = OUTCOMES.indexOf("ok");
const HTTP_ERROR = OUTCOMES.indexOf("httpError");
const TIMEOUT = OUTCOMES.indexOf("timeout");

function createRowOf(listener: Listener): (due: Due, reply: Reply) => void {
  const row = blankRow();
  return (due, reply) => {
    const answered = reply.backend !== null;
    row.k = due.k;
    row.dueUs = row.sentUs = due.dueMs * 1_000;
    row.endedUs = reply.atMs * 1_000;
    row.queueUs = answered ? Math.round(reply.queueMs * 1_000) : UNKNOWN_U32;
    row.serviceUs = answered ? Math.round(reply.serviceMs * 1_000) : UNKNOWN_U32;
    row.lagUs = answered ? 0 : UNKNOWN_U32;
    row.status = reply.status;
    row.client = due.client;
    row.outcome = reply.end === "timeout" ? TIMEOUT : reply.status < 400 ? OK : HTTP_ERROR;
    row.backend = reply.backend === null ? 0 : reply.backend + 1;
    row.type = due.type;
    listener.row(row);
  };
}
