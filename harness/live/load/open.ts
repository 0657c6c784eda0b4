import { offeredRate } from "../../../scenarios/arrivals/arrivals.ts";
import { mixOf } from "../../../scenarios/requests.ts";
import { MARK } from "../../traffic/visitor.ts";
import { createConnections } from "./connections.ts";
import { createClientCookies, createVisitorCookies } from "./cookies.ts";
import { MAX_CONNECTIONS } from "./plan.ts";
import type { Driver, DriverEnvironment } from "./play.ts";
import { createRequestShape, fillIn } from "./request-bytes.ts";
import { createSource } from "./source.ts";
import type { Flight } from "./tally.ts";
import { createJudge } from "./verdict.ts";

/** An arrival that the generator is later with than this is dropped: it measures the generator, and sending it would make matters worse. */
const LATE_LIMIT_US = 1_000_000;
/**
 * An arrival that finds every connection held by the target fails for that when the generator came to it within this time; later, it
 * may have been the generator's own stall that let them pile up.
 */
const PUNCTUAL_US = 10_000;
/** Requests released before the loop looks at its sockets again. */
const BATCH = 32;
const BATCH_PER_RESPONSE = 2;
/**
 * After a stall of the generator itself, what is overdue by more than CATCH_UP_AFTER_US goes out at twice the highest planned rate (at
 * least CATCH_UP_AT_LEAST per second): all at once, it would find no idle connection, and a new one costs more time than
 * there is between two requests at a high rate, so that the generator would never recover.
 */
const CATCH_UP_AFTER_US = 2_000;
const CATCH_UP_AT_LEAST = 10_000;
/** Above this rate (per second) alarms are at least COALESCE_US apart: each costs a change of threads. */
const COALESCE_ABOVE = 5_000;
const COALESCE_US = 200;

/** Requests start when the timetable says so, whatever the target does; those of a visitor in a session, a pause after its last answer. */
export function createOpenDriver(environment: DriverEnvironment): Driver {
  const { plan, tally, nowUs } = environment;
  const { traffic } = plan;
  if (traffic.model !== "open") throw new Error(`an open generator cannot play model ${traffic.model}`);
  const shapes = traffic.requests.map((request) => createRequestShape(request, traffic));
  const mix = mixOf(plan);
  const judge = createJudge(mix);
  const lateLimitUs = Math.min(LATE_LIMIT_US, traffic.timeout * 1_000);
  const source = createSource(plan, environment.wakeAt);
  const setting = { capacity: plan.capacity, windowMs: traffic.duration };
  const peak = (mix?.sessions?.requests ?? 1) * offeredRate(traffic.arrivals, setting).peak;
  const gapUs = peak > COALESCE_ABOVE ? COALESCE_US : 0;
  const catchUpGapUs = 1_000_000 / Math.max(2 * peak, CATCH_UP_AT_LEAST);
  let catchUpUs = Number.NEGATIVE_INFINITY;
  let retries = 0;
  let closed = false;

  const cookies = mix === null ? createClientCookies() : createVisitorCookies();
  const fail = (flight: Flight, outcome: "connectionError" | "dropped", atUs: number): void => {
    tally.end(flight, outcome, atUs, null);
    source.ended(flight, atUs, "failed");
  };
  const connections = createConnections(
    {
      ...plan.target,
      distinctClients: environment.distinctClients,
      limit: plan.maxConnections ?? MAX_CONNECTIONS,
      cookie: plan.cookie,
      asVisitors: mix !== null,
    },
    {
      answered(flight, response) {
        const endedUs = nowUs();
        cookies.keep(flight.holder, response);
        const isLate = mix !== null && endedUs > flight.dueUs + traffic.timeout * 1_000;
        const verdict = isLate ? "failed" : judge(flight.type, response);
        const mark = verdict === "expired" ? MARK.expired : 0;
        const ended = source.ended(flight, endedUs, verdict);
        tally.end(flight, response.status < 400 ? "ok" : "httpError", endedUs, response, mark | ended);
      },
      failed: (flight) => fail(flight, "connectionError", nowUs()),
      exhausted: (flight) => fail(flight, "dropped", nowUs()),
      stale(flight) {
        if (flight.retried || !shapes[flight.type]!.idempotent) return false;
        flight.retried = true;
        retries += 1;
        return dispatch(flight, true);
      },
      // Between two alarms a response is a free occasion to be punctual.
      settled: () => {
        if (!closed) release(nowUs(), BATCH_PER_RESPONSE);
      },
    },
  );
  function dispatch(flight: Flight, fresh: boolean): boolean {
    const shape = shapes[flight.type]!;
    const bytes = shape.bytes(flight.k, flight.demandUs, flight.client, cookies.of(flight.holder), flight);
    const filled = mix === null ? bytes : fillIn(bytes, flight.product, cookies.token(flight.holder));
    return connections.send(flight, filled, shape.head, fresh);
  }
  function start(flight: Flight): void {
    tally.begin(flight);
    const lateUs = flight.sentUs - flight.dueUs;
    // Who gets no token before the window is refused all through it.
    const mayBeLate = flight.visitor?.catchingUp === true;
    if (lateUs > lateLimitUs && !mayBeLate) fail(flight, "dropped", flight.sentUs);
    else if (!dispatch(flight, false))
      fail(flight, lateUs > PUNCTUAL_US ? "dropped" : "connectionError", flight.sentUs);
  }
  /** Returns when to come back. */
  function release(now: number, most: number): number {
    for (let count = 0; source.nextUs <= now && count < most; count++) {
      if (now - source.nextUs > CATCH_UP_AFTER_US) {
        if (catchUpUs > now) return catchUpUs;
        catchUpUs = Math.max(catchUpUs, now - CATCH_UP_AFTER_US) + catchUpGapUs;
      }
      start(source.take(nowUs()));
    }
    return source.nextUs;
  }
  return {
    release: (now) => Math.max(release(now, BATCH), now + gapUs),
    get exhausted() {
      return source.nextUs === Number.POSITIVE_INFINITY;
    },
    abandon(flight) {
      connections.abandon(flight);
      source.ended(flight, flight.dueUs + traffic.timeout * 1_000, "failed");
    },
    get connectionsOpened() {
      return connections.opened;
    },
    get retries() {
      return retries;
    },
    close() {
      closed = true;
      return connections.close();
    },
  };
}
