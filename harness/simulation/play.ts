import type { Millis } from "#kernel/units.ts";
import { sessionValue } from "../../balancers/session-cookie.ts";
import { capacityOf } from "../../scenarios/capacity.ts";
import { blankRow, OUTCOMES, type Row, UNKNOWN_U32 } from "../rows.ts";
import { createCookieJar } from "../traffic/cookie-jar.ts";
import { MARK, type Verdict } from "../traffic/visitor.ts";
import { createBackground } from "./background.ts";
import { createBackends, createBalancer, type VirtualTrial } from "./balancer.ts";
import { createCalendar } from "./calendar.ts";
import { createFlight, createWaiting, type Flight } from "./flights.ts";
import { createOutstanding } from "./outstanding.ts";
import type { Reply } from "./proxy.ts";
import { createHolders, createVirtualShop } from "./shop.ts";
import type { Left } from "./stations.ts";
import { createUsers, type Due } from "./users.ts";

/** What a trial tells while it is played; the row is the same object every time. */
export interface Listener {
  row(row: Row): void;
  /**
   * An attempt starts; `backend` is an id, from 1, `reached` says whether it accepted the connection, `k` is the number of its request,
   * -1 for one that is not of the window, and `again` says whether the request had an attempt before.
   */
  attempt(backend: number, atMs: Millis, reached: boolean, k: number, again: boolean): void;
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
  /** Orders that the backends placed for requests of the window, whoever heard of it; null where no mix is played. */
  ordersPlaced(): number | null;
}

/** Events from here on are users who come back, below are flights whose attempt ends. */
const USER = 2 ** 30;

/**
 * Plays warm-up and window of one contestant in virtual time, to the last answer. The algorithm, the dispatcher, the backends'
 * service and faults, and the work of request k are the code that plays live; the balancer costs nothing, and the network what the scenario says.
 */
export function playVirtual(trial: VirtualTrial, listener: Listener): VirtualRun {
  const { scenario, seed } = trial;
  const users = createUsers(scenario, capacityOf(scenario).arrivalsPerSecond, seed);
  const shop = createVirtualShop(scenario, trial.seed);
  const holderOf = createHolders(scenario);
  const events = createCalendar();
  const waiting = createWaiting();
  const flight = createFlight();
  const { cookie } = trial.algorithm;
  const jar = createCookieJar();
  const background = createBackground();
  const backends = createBackends(trial);
  const { stations } = backends;
  const outstanding = createOutstanding();
  const proxy = createBalancer(trial, backends, jar, background, (attempted) => {
    const { attempt, end, phase, k, tried } = attempted;
    if (shop !== null && attempted.isServed) shop.serve(attempted);
    listener.attempt(
      attempt.backend + 1,
      attempt.startedAt,
      end !== "refused" && end !== "unreachable",
      phase === "window" ? k : -1,
      tried.length > 0,
    );
    if (stations !== null) outstanding.attempted(attempted);
  });
  const write = createRowOf(listener);
  const clientMs = scenario.traffic.requests.map(({ clientDelay }) => clientDelay ?? 0);
  /** Users of a closed loop who will send again. */
  let thinking = 0;
  const run: { -readonly [name in keyof VirtualRun]: VirtualRun[name] } = {
    step(most) {
      for (let count = 0; count < most; count++) if (!next()) return false;
      return true;
    },
    nowMs: -scenario.traffic.warmup,
    scheduled: 0,
    ended: 0,
    inFlightMs: 0,
    ordersPlaced: () => shop?.orders.reduce((sum, count) => sum + count, 0) ?? null,
  };

  const advance = (toMs: Millis): void => {
    run.inFlightMs += (run.scheduled - run.ended) * (toMs - run.nowMs);
    run.nowMs = toMs;
  };
  const follow = (reply: Reply | null): void => {
    const counted = flight.phase === "window";
    if (reply === null) {
      const slot = waiting.park(flight);
      events.plan(flight.atMs, slot);
      if (stations !== null) outstanding.parked(flight, slot);
      return;
    }
    if (cookie !== undefined && reply.backend !== null)
      jar.keep(holderOf(flight), `${cookie}=${sessionValue(reply.backend)}`);
    const isExpired = shop?.isExpired(flight) ?? false;
    const back = users.ended(flight, reply.atMs, verdictOf(reply, isExpired));
    if (counted) {
      run.ended += 1;
      if (reply.backend !== null) listener.completed(reply.backend + 1);
      write(flight, reply, isExpired ? users.mark | MARK.expired : users.mark);
    }
    if (back === null) return;
    thinking += 1;
    events.plan(back, USER + users.seat);
  };
  /** A backend tells how an attempt ended, long before the limit at which its flight would wake up. */
  const hear = (left: Left): void => {
    const slot = outstanding.slotOf(left.ticket);
    if (slot === null) return;
    waiting.look(slot, flight);
    if (!proxy.left(flight, left)) return;
    outstanding.over(flight, slot);
    follow(proxy.finish(flight));
  };
  const begin = ({ phase, k, dueMs, user, work }: Due): void => {
    if (phase === "window") run.scheduled += 1;
    flight.phase = phase;
    flight.k = k;
    flight.type = work.type;
    flight.client = work.client;
    flight.user = user;
    flight.dueMs = dueMs;
    flight.demandMs = work.demandUs / 1_000;
    flight.ioMs = stations === null ? 0 : work.ioUs / 1_000;
    flight.gilFreeMs = stations === null ? 0 : work.gilFreeUs / 1_000;
    flight.clientMs = stations === null ? 0 : (clientMs[work.type] ?? 0);
    follow(proxy.start(flight, dueMs));
  };
  const next = (): boolean => {
    const arrivalMs = users.nextMs;
    const eventMs = events.nextMs;
    if (arrivalMs === Number.POSITIVE_INFINITY && eventMs === Number.POSITIVE_INFINITY) return false;
    const nextMs = Math.min(arrivalMs, eventMs);
    if (stations !== null) {
      if (arrivalMs === Number.POSITIVE_INFINITY && outstanding.count + thinking === 0) return false;
      if (stations.nextMs <= Math.min(nextMs, background.nextMs)) {
        advance(stations.nextMs);
        const left = stations.next();
        if (left !== null) hear(left);
        return true;
      }
    }
    if (background.nextMs < nextMs) {
      advance(background.nextMs);
      background.next();
      return true;
    }
    advance(nextMs);
    // What ends at an instant has ended when a request comes at the same one.
    if (arrivalMs < eventMs) begin(users.take());
    else {
      const event = events.take();
      if (event >= USER) {
        thinking -= 1;
        begin(users.again(event - USER, eventMs));
      } else {
        waiting.fetch(event, flight);
        if (stations !== null && outstanding.wasOver(flight, event)) return true;
        follow(proxy.finish(flight));
      }
    }
    return true;
  };
  return run;
}

const OK = OUTCOMES.indexOf("ok");
const HTTP_ERROR = OUTCOMES.indexOf("httpError");
const TIMEOUT = OUTCOMES.indexOf("timeout");

function verdictOf({ end, status }: Reply, isExpired: boolean): Verdict {
  if (end === "timeout" || end === "broken") return "failed";
  return status >= 400 ? "error" : isExpired ? "expired" : "fine";
}

const CONNECTION_ERROR = OUTCOMES.indexOf("connectionError");

function outcomeOf({ end, status }: Reply): number {
  if (end === "timeout") return TIMEOUT;
  if (end === "broken") return CONNECTION_ERROR;
  return status < 400 ? OK : HTTP_ERROR;
}

function createRowOf(listener: Listener): (flight: Flight, reply: Reply, mark: number) => void {
  const row = blankRow();
  return (flight, reply, mark) => {
    const answered = reply.backend !== null;
    row.k = flight.k;
    row.dueUs = row.sentUs = flight.dueMs * 1_000;
    row.endedUs = reply.atMs * 1_000;
    row.queueUs = answered ? Math.round(reply.queueMs * 1_000) : UNKNOWN_U32;
    row.serviceUs = answered ? Math.round(reply.serviceMs * 1_000) : UNKNOWN_U32;
    row.lagUs = answered ? 0 : UNKNOWN_U32;
    row.status = reply.status;
    row.client = flight.client;
    row.outcome = outcomeOf(reply);
    row.backend = reply.backend === null ? 0 : reply.backend + 1;
    row.type = flight.type;
    row.mark = mark;
    listener.row(row);
  };
}
