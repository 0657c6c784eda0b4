import { createRng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { AlgorithmDefinition } from "../../balancers/algorithm.ts";
import type { Tuning } from "../../balancers/balancer.ts";
import type { OverlayRules } from "../../balancers/overlay-rules.ts";
import { NATIVE, PARITY } from "../../balancers/parity.ts";
import { createPipeline } from "../../balancers/pipeline.ts";
import { capacityOf } from "../../scenarios/capacity.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { blankRow, OUTCOMES, type Row, UNKNOWN_U32 } from "../rows.ts";
import { createEventQueue } from "./events.ts";
import { createFleet } from "./fleet.ts";
import { createFlight, createWaiting, type Flight } from "./flights.ts";
import { withHedging, withLimit } from "./guards.ts";
import { createVirtualProxy, isRepeatable, type ProxyRules, type Reply, type VirtualProxy } from "./proxy.ts";
import { createUsers, type Due } from "./users.ts";
import { createViews } from "./view.ts";

export interface VirtualTrial {
  readonly scenario: Scenario;
  readonly algorithm: AlgorithmDefinition;
  /** None when absent. */
  readonly overlays?: OverlayRules;
  readonly seed: number;
  readonly tuning: Tuning;
  /** Of the balancer: how long a silent backend is waited for. */
  readonly readMs: Millis;
}

/** What a trial tells while it is played; the row is the same object every time. */
export interface Listener {
  row(row: Row): void;
  /** An attempt starts; `backend` is an id, from 1, `reached` says whether it accepted the connection, `counted` whether its request is one of the window. */
  attempt(backend: number, atMs: Millis, reached: boolean, counted: boolean): void;
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

/** Events from here on are users who come back, below are flights whose attempt ends. */
const USER = 2 ** 30;

/**
 * Plays warm-up and window of one contestant in virtual time, to the last answer. The algorithm, the dispatcher, the backends'
 * service and faults, and the work of request k are the code that plays live; the network and the balancer cost nothing.
 */
export function playVirtual(trial: VirtualTrial, listener: Listener): VirtualRun {
  const { scenario, seed } = trial;
  const users = createUsers(scenario, capacityOf(scenario).perSecond, seed);
  const events = createEventQueue();
  const waiting = createWaiting();
  const flight = createFlight();
  const proxy = proxyOf(trial, ({ attempt, end, phase }) =>
    listener.attempt(attempt.backend + 1, attempt.startedAt, end !== "refused", phase === "window"),
  );
  const write = createRowOf(listener);
  let nowMs = -scenario.traffic.warmup;
  let scheduled = 0;
  let ended = 0;
  let inFlightMs = 0;

  const advance = (toMs: Millis): void => {
    inFlightMs += (scheduled - ended) * (toMs - nowMs);
    nowMs = toMs;
  };
  const follow = (reply: Reply | null): void => {
    const counted = flight.phase === "window";
    if (reply === null) {
      events.plan(flight.atMs, waiting.park(flight));
      return;
    }
    if (counted) {
      ended += 1;
      if (reply.backend !== null) listener.completed(reply.backend + 1);
      write(flight, reply);
    }
    const back = users.ended(flight.user, reply.atMs, reply.end === "timeout");
    if (back !== null) events.plan(back, USER + flight.user);
  };
  const begin = ({ phase, k, dueMs, user, work }: Due): void => {
    if (phase === "window") scheduled += 1;
    flight.phase = phase;
    flight.k = k;
    flight.type = work.type;
    flight.client = work.client;
    flight.user = user;
    flight.dueMs = dueMs;
    flight.demandMs = work.demandUs / 1_000;
    follow(proxy.start(flight, dueMs));
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
      if (event >= USER) begin(users.again(event - USER, eventMs));
      else {
        waiting.fetch(event, flight);
        follow(proxy.finish(flight));
      }
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

function proxyOf(trial: VirtualTrial, attempted: ProxyRules["attempted"]): VirtualProxy {
  const { scenario, algorithm, seed, readMs } = trial;
  const { mode, threads } = scenario.backends;
  const { traffic, faults } = scenario;
  const { backends } = capacityOf(scenario);
  const isNative = trial.tuning === "native";
  const fleet = createFleet(
    backends.map(({ slots, speed }) => ({ mode, workers: slots / threads, threads, speed })),
    faults,
  );
  const { dispatcher, budget, hedging, limit } = createPipeline({
    definition: algorithm,
    rng: createRng(seed).fork("algorithm"),
    backends,
    ejection: { maxFails: isNative ? NATIVE.maxFails : PARITY.maxFails, ejectMs: PARITY.failTimeoutMs },
    budget: isNative ? NATIVE.retryBudget : null,
    overlays: trial.overlays ?? {},
    seed,
    instance: 0,
    now: -traffic.warmup,
  });
  const accidents = createRng(seed).fork("accidents");
  const repeatable = traffic.requests.map(({ method, body }) => isRepeatable(method, body));
  const copies = new Set<number>();
  const rules: ProxyRules & { readonly copies: Set<number> } = {
    view: createViews(traffic),
    isRepeatable: ({ type }) => repeatable[type] === true,
    accidents: ({ phase, k }) => accidents.fork(phase).fork(k),
    timeoutMs: traffic.timeout,
    tries: PARITY.tries,
    readMs,
    budget,
    copies,
    attempted,
  };
  const plain = createVirtualProxy(dispatcher, fleet, rules);
  const hedged = hedging === null ? plain : withHedging(plain, dispatcher, hedging, rules);
  return limit === null ? hedged : withLimit(hedged, limit);
}

const OK = OUTCOMES.indexOf("ok");
const HTTP_ERROR = OUTCOMES.indexOf("httpError");
const TIMEOUT = OUTCOMES.indexOf("timeout");

function createRowOf(listener: Listener): (flight: Flight, reply: Reply) => void {
  const row = blankRow();
  return (flight, reply) => {
    const answered = reply.backend !== null;
    row.k = flight.k;
    row.dueUs = row.sentUs = flight.dueMs * 1_000;
    row.endedUs = reply.atMs * 1_000;
    row.queueUs = answered ? Math.round(reply.queueMs * 1_000) : UNKNOWN_U32;
    row.serviceUs = answered ? Math.round(reply.serviceMs * 1_000) : UNKNOWN_U32;
    row.lagUs = answered ? 0 : UNKNOWN_U32;
    row.status = reply.status;
    row.client = flight.client;
    row.outcome = reply.end === "timeout" ? TIMEOUT : reply.status < 400 ? OK : HTTP_ERROR;
    row.backend = reply.backend === null ? 0 : reply.backend + 1;
    row.type = flight.type;
    listener.row(row);
  };
}
