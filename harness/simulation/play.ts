import { createRng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { AlgorithmDefinition, RequestView } from "../../balancers/algorithm.ts";
import { createDispatcher } from "../../balancers/dispatcher.ts";
import { NATIVE, PARITY } from "../../balancers/parity.ts";
import { createRetryBudget } from "../../balancers/retry-budget.ts";
import { capacityOf } from "../../scenarios/capacity.ts";
import type { RequestType, Scenario } from "../../scenarios/scenario.ts";
import { clientAddress } from "../live/load/client-address.ts";
import { blankRow, OUTCOMES, type Row, UNKNOWN_U32 } from "../live/rows.ts";
import { createEventQueue } from "./events.ts";
import { type Call, createProxy, isReply, type Reply, type Underway } from "./proxy.ts";
import { createStation } from "./station.ts";
import { createUsers, type Due } from "./users.ts";

export interface VirtualTrial {
  readonly scenario: Scenario;
  readonly algorithm: AlgorithmDefinition;
  readonly seed: number;
  /** Of the balancer: how long a silent backend is waited for. */
  readonly readMs: Millis;
}

/** What a trial tells while it is played; `row` is the same object every time. */
export interface Listener {
  row(row: Row): void;
  /** `backend` is an id, from 1. */
  attempt(backend: number, atMs: Millis): void;
}

type Event = { readonly due: Due; readonly underway: Underway } | { readonly user: number };

/**
 * Plays warm-up and window of one contestant in virtual time, to the last answer. The algorithm, the dispatcher, the backends'
 * service and faults, and the work of request k are the code that plays live; the network and the balancer cost nothing.
 */
export function playVirtual(trial: VirtualTrial, listener: Listener): void {
  const { scenario, seed, readMs } = trial;
  const { traffic } = scenario;
  const capacity = capacityOf(scenario);
  const users = createUsers(scenario, capacity.perSecond, seed);
  const events = createEventQueue<Event>();
  const accidents = createRng(seed).fork("accidents");
  const views = createViews(traffic.requests);
  const proxy = createVirtualProxy(trial, readMs);
  const write = createRowOf(listener);

  const follow = (due: Due, result: Underway | Reply): void => {
    if (!isReply(result)) {
      listener.attempt(result.attempt.backend + 1, result.attempt.startedAt);
      events.plan(result.atMs, { due, underway: result });
      return;
    }
    if (due.phase === "window") write(due, result);
    const failed = result.end === "timeout";
    const back = users.ended(due.user, result.atMs, failed);
    if (back !== null) events.plan(back, { user: due.user });
  };
  const begin = (due: Due): void => {
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
  for (;;) {
    const arrivalMs = users.nextMs;
    const eventMs = events.nextMs;
    if (arrivalMs === Number.POSITIVE_INFINITY && eventMs === Number.POSITIVE_INFINITY) return;
    // What ends at an instant has ended when a request comes at the same one.
    if (arrivalMs < eventMs) begin(users.take());
    else {
      const event = events.take();
      if ("user" in event) begin(users.again(event.user, eventMs));
      else follow(event.due, proxy.finish(event.underway));
    }
  }
}

function createVirtualProxy(
  { scenario, algorithm, seed }: VirtualTrial,
  readMs: Millis,
): ReturnType<typeof createProxy> {
  const { mode, threads } = scenario.backends;
  const { backends } = capacityOf(scenario);
  const isNative = scenario.contestants.tuning === "native";
  const stations = backends.map(({ id, slots, speed }) =>
    createStation(
      { mode, workers: slots / threads, threads, speed },
      scenario.faults.filter(({ backend }) => backend === id),
    ),
  );
  const dispatcher = createDispatcher({
    algorithm: algorithm.create({ rng: createRng(seed).fork("algorithm"), size: backends.length }),
    weights: backends.map(({ weight }) => weight),
    ejection: { maxFails: isNative ? NATIVE.maxFails : PARITY.maxFails, ejectMs: PARITY.failTimeoutMs },
    now: -scenario.traffic.warmup,
  });
  const budget = createRetryBudget(isNative ? NATIVE.retryBudget : null);
  return createProxy(dispatcher, stations, { tries: PARITY.tries, readMs, budget });
}

/** What an algorithm sees of a request. */
function createViews(requests: readonly RequestType[]): (due: Due) => RequestView {
  const headers = requests.map(
    (request) => new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
  );
  return ({ type, client }) => ({
    clientAddress: clientAddress(client),
    path: (requests[type] as RequestType).path,
    header: (name) => headers[type]?.get(name),
  });
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
