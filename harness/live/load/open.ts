import { offeredRate } from "../../../scenarios/arrivals/arrivals.ts";
import { createCookieJar } from "../../traffic/cookie-jar.ts";
import { type Arrival, createTimetable } from "../../traffic/timetable.ts";
import { createWork } from "../../traffic/work.ts";
import { createConnections } from "./connections.ts";
import { MAX_CONNECTIONS } from "./plan.ts";
import type { Driver, DriverEnvironment } from "./play.ts";
import { createRequestShape } from "./request-bytes.ts";
import { createFlight, type Flight } from "./tally.ts";

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

/** Requests start when the timetable says so, whatever the target does. */
export function createOpenDriver(environment: DriverEnvironment): Driver {
  const { plan, tally, nowUs } = environment;
  const { traffic } = plan;
  if (traffic.model !== "open") throw new Error(`an open generator cannot play model ${traffic.model}`);
  const shapes = traffic.requests.map((request) => createRequestShape(request, traffic));
  const work = {
    window: createWork(traffic, plan.service, plan.seed, "window"),
    warmup: createWork(traffic, plan.service, plan.seed, "warmup"),
  };
  const lateLimitUs = Math.min(LATE_LIMIT_US, traffic.timeout * 1_000);
  const arrivals = createTimetable(traffic, plan.capacity, plan.seed)[Symbol.iterator]();
  let next = nextOf(arrivals);
  const setting = { capacity: plan.capacity, windowMs: traffic.duration };
  const { peak } = offeredRate(traffic.arrivals, setting);
  const gapUs = peak > COALESCE_ABOVE ? COALESCE_US : 0;
  const catchUpGapUs = 1_000_000 / Math.max(2 * peak, CATCH_UP_AT_LEAST);
  let catchUpUs = Number.NEGATIVE_INFINITY;
  let retries = 0;
  let closed = false;

  const jar = createCookieJar();
  const connections = createConnections(
    {
      ...plan.target,
      distinctClients: environment.distinctClients,
      limit: plan.maxConnections ?? MAX_CONNECTIONS,
      cookie: plan.cookie,
    },
    {
      answered(flight, response) {
        tally.end(flight, response.status < 400 ? "ok" : "httpError", nowUs(), response);
        jar.keep(flight.client, response.cookie);
      },
      failed: (flight) => tally.end(flight, "connectionError", nowUs(), null),
      exhausted: (flight) => tally.end(flight, "dropped", nowUs(), null),
      stale(flight) {
        if (flight.retried || !shapes[flight.type]!.idempotent) return false;
        flight.retried = true;
        retries += 1;
        return dispatch(flight, true);
      },
      // Between two alarms a response is a free occasion to be punctual.
      settled: () => {
        if (next !== null && !closed) release(nowUs(), BATCH_PER_RESPONSE);
      },
    },
  );
  function dispatch(flight: Flight, fresh: boolean): boolean {
    const shape = shapes[flight.type]!;
    return connections.send(
      flight,
      shape.bytes(flight.k, flight.demandUs, flight.client, jar.of(flight.client), flight),
      shape.head,
      fresh,
    );
  }
  function start(arrival: Arrival): void {
    const { type, demandUs, ioUs, gilFreeUs, client } = work[arrival.phase].of(arrival.k);
    const k = arrival.phase === "window" ? arrival.k : null;
    const sentUs = nowUs();
    const flight = createFlight({ k, dueUs: arrival.dueUs, sentUs, type, client, demandUs, ioUs, gilFreeUs });
    tally.begin(flight);
    const lateUs = sentUs - arrival.dueUs;
    if (lateUs > lateLimitUs) tally.end(flight, "dropped", sentUs, null);
    else if (!dispatch(flight, false))
      tally.end(flight, lateUs > PUNCTUAL_US ? "dropped" : "connectionError", sentUs, null);
  }
  /** Returns when to come back. */
  function release(now: number, most: number): number {
    for (let count = 0; next !== null && next.dueUs <= now && count < most; count++) {
      if (now - next.dueUs > CATCH_UP_AFTER_US) {
        if (catchUpUs > now) return catchUpUs;
        catchUpUs = Math.max(catchUpUs, now - CATCH_UP_AFTER_US) + catchUpGapUs;
      }
      const arrival = next;
      next = nextOf(arrivals);
      start(arrival);
    }
    return next?.dueUs ?? Number.POSITIVE_INFINITY;
  }
  return {
    release: (now) => Math.max(release(now, BATCH), now + gapUs),
    get exhausted() {
      return next === null;
    },
    abandon: (flight) => connections.abandon(flight),
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

function nextOf(arrivals: Iterator<Arrival>): Arrival | null {
  const result = arrivals.next();
  return result.done === true ? null : result.value;
}
