import { createRng, type Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { AlgorithmDefinition } from "../../balancers/algorithm.ts";
import type { Tuning } from "../../balancers/balancer.ts";
import { createLoadReports, type LoadReports } from "../../balancers/load-reports.ts";
import type { OverlayRules } from "../../balancers/overlay-rules.ts";
import { NATIVE, PARITY } from "../../balancers/parity.ts";
import { createPipeline } from "../../balancers/pipeline.ts";
import { sessionValue } from "../../balancers/session-cookie.ts";
import { capacityOf } from "../../scenarios/capacity.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { blankRow, OUTCOMES, type Row, UNKNOWN_U32 } from "../rows.ts";
import { type CookieJar, createCookieJar } from "../traffic/cookie-jar.ts";
import { createEventQueue } from "./events.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { createFlight, createWaiting, type Flight, PHASES } from "./flights.ts";
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
 * service and faults, and the work of request k are the code that plays live; the balancer costs nothing, and the network what the scenario says.
 */
export function playVirtual(trial: VirtualTrial, listener: Listener): VirtualRun {
  const { scenario, seed } = trial;
  const users = createUsers(scenario, capacityOf(scenario).perSecond, seed);
  const events = createEventQueue();
  const waiting = createWaiting();
  const flight = createFlight();
  const { cookie } = trial.algorithm;
  const jar = createCookieJar();
  const proxy = proxyOf(trial, jar, ({ attempt, end, phase }) =>
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
    if (cookie !== undefined && reply.backend !== null)
      jar.keep(flight.client, `${cookie}=${sessionValue(reply.backend)}`);
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

/** One proxy, or several that take the requests at random; they share the backends. */
function proxyOf(trial: VirtualTrial, jar: CookieJar, attempted: ProxyRules["attempted"]): VirtualProxy {
  const { scenario, seed } = trial;
  const { instances, loadInfo } = scenario.contestants;
  const { mode, threads } = scenario.backends;
  const { backends } = capacityOf(scenario);
  const fleet = createFleet(
    backends.map(({ slots, speed }) => ({ mode, workers: slots / threads, threads, speed })),
    scenario.faults,
  );
  const reports = loadInfo === undefined ? null : createLoadReports(loadInfo.every, backends.length);
  const rules = rulesOf(trial, jar, attempted);
  const proxies = Array.from({ length: instances }, (_, instance) =>
    oneProxy(trial, instance, fleet, reports, rules),
  );
  const [only] = proxies;
  if (only === undefined) throw new Error("a trial needs a balancer");
  if (proxies.length === 1) return only;
  const draws = PHASES.map((phase) => createRng(seed).fork("instance").fork(phase));
  const chosen = ({ phase, k }: Flight): VirtualProxy =>
    proxies[(draws[PHASES.indexOf(phase)] as Rng).fork(k).int(proxies.length)] as VirtualProxy;
  return {
    start: (flight, now) => chosen(flight).start(flight, now),
    finish: (flight) => chosen(flight).finish(flight),
    again: (flight, now) => chosen(flight).again(flight, now),
  };
}

function oneProxy(
  { algorithm, overlays = {}, seed, scenario, tuning }: VirtualTrial,
  instance: number,
  fleet: Fleet,
  reports: LoadReports | null,
  common: Omit<ProxyRules, "budget" | "copies">,
): VirtualProxy {
  const isNative = tuning === "native";
  const rng = createRng(seed).fork("algorithm");
  const { dispatcher, budget, hedging, limit } = createPipeline({
    definition:
      reports === null ? algorithm : { ...algorithm, create: (its) => reports.attach(algorithm.create(its)) },
    rng: instance === 0 ? rng : rng.fork(instance),
    hashKey: scenario.contestants.hashKey,
    backends: capacityOf(scenario).backends,
    ejection: { maxFails: isNative ? NATIVE.maxFails : PARITY.maxFails, ejectMs: PARITY.failTimeoutMs },
    budget: isNative ? NATIVE.retryBudget : null,
    overlays,
    seed,
    instance,
    now: -scenario.traffic.warmup,
  });
  const rules = { ...common, budget, copies: new Set<number>() };
  const plain = createVirtualProxy(dispatcher, fleet, rules);
  const hedged = hedging === null ? plain : withHedging(plain, dispatcher, hedging, rules);
  return limit === null ? hedged : withLimit(hedged, limit);
}

/** What all balancers of a trial have in common. */
function rulesOf(
  { scenario, seed, readMs, algorithm }: VirtualTrial,
  jar: CookieJar,
  attempted: ProxyRules["attempted"],
): Omit<ProxyRules, "budget" | "copies"> {
  const { traffic, network } = scenario;
  const accidents = createRng(seed).fork("accidents");
  const repeatable = traffic.requests.map(({ method, body }) => isRepeatable(method, body));
  return {
    view: createViews(traffic, algorithm.cookie === undefined ? null : jar),
    isRepeatable: ({ type }) => repeatable[type] === true,
    accidents: ({ phase, k }) => accidents.fork(phase).fork(k),
    hopMs: network?.hop ?? 0,
    timeoutMs: traffic.timeout,
    tries: PARITY.tries,
    readMs,
    attempted,
  };
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
