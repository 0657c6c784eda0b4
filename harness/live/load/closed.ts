import autocannon, { type Client } from "autocannon";
import { mixOf } from "../../../scenarios/requests.ts";
import { clientAddress } from "../../traffic/client-address.ts";
import { takeOver, type User } from "./autocannon-user.ts";
import { createClientCookies, createVisitorCookies } from "./cookies.ts";
import { createCourse } from "./course.ts";
import { createDelayLine } from "./delay-line.ts";
import { exhausted } from "./exhaustion.ts";
import type { Driver, DriverEnvironment } from "./play.ts";
import { createRequestShape, fillIn } from "./request-bytes.ts";
import type { Flight } from "./tally.ts";
import { createJudge } from "./verdict.ts";

/** Seconds; autocannon's own clocks must never strike, and must stay below 2^31 ms. */
const NEVER_S = 86_400;
/** autocannon looks this often whether it shall stop. */
const SAMPLE_MS = 20;

interface Seat {
  readonly user: User;
  readonly index: number;
  flight: Flight | null;
}

/** A fixed number of users, each sends, waits, thinks; autocannon's connections carry them. */
export function createClosedDriver(environment: DriverEnvironment): Driver {
  const { plan, tally, nowUs } = environment;
  const { traffic } = plan;
  if (traffic.model !== "closed") throw new Error(`a closed generator cannot play model ${traffic.model}`);
  const shapes = traffic.requests.map((request) => createRequestShape(request, traffic));
  const mix = mixOf(plan);
  const judge = createJudge(mix);
  const course = createCourse(plan);
  const durationUs = traffic.duration * 1_000;
  const pausing = createDelayLine<Seat>();
  const seats: Seat[] = [];
  const carrying = new Map<Flight, Seat>();
  const cookies = mix === null ? createClientCookies() : createVisitorCookies();
  let retries = 0;
  let over = false;

  const dispatch = (seat: Seat, flight: Flight): void => {
    const shape = shapes[flight.type]!;
    const bytes = shape.bytes(flight.k, flight.demandUs, flight.client, cookies.of(flight.holder), flight);
    const filled = mix === null ? bytes : fillIn(bytes, flight.product, cookies.token(flight.holder));
    seat.user.send(filled, shape.head);
  };
  const start = (seat: Seat): void => {
    const sentUs = nowUs();
    over ||= sentUs >= durationUs;
    if (over) return;
    const flight = course.next(seat.index, sentUs);
    seat.flight = flight;
    carrying.set(flight, seat);
    tally.begin(flight);
    dispatch(seat, flight);
  };
  const release = (seat: Seat): Flight | null => {
    const { flight } = seat;
    seat.flight = null;
    if (flight !== null) carrying.delete(flight);
    return flight;
  };
  const comeBack = (seat: Seat, atUs: number | null): void => {
    if (over || atUs === null) return;
    pausing.push(seat, atUs);
    environment.wakeAt(atUs);
  };
  const setupClient = (client: Client): void => {
    const index = seats.length;
    const kept = { cookie: plan.cookie ?? null, asVisitor: mix !== null };
    const user = takeOver(client, addressOf(environment, index), kept, {
      answered(response) {
        const endedUs = nowUs();
        const flight = release(seat);
        if (flight === null) return;
        cookies.keep(flight.holder, response);
        const isLate = mix !== null && endedUs > flight.dueUs + traffic.timeout * 1_000;
        const verdict = isLate ? "failed" : judge(flight.type, response);
        const { mark, backUs } = course.after(index, endedUs, verdict);
        tally.end(flight, response.status < 400 ? "ok" : "httpError", endedUs, response, mark);
        if (backUs === endedUs) start(seat);
        else comeBack(seat, backUs);
      },
      lost(error, stale) {
        const flight = seat.flight;
        if (flight === null) return;
        if (stale && !flight.retried && shapes[flight.type]!.idempotent) {
          flight.retried = true;
          retries += 1;
          return dispatch(seat, flight);
        }
        release(seat);
        const endedUs = nowUs();
        tally.end(flight, exhausted(error) ? "dropped" : "connectionError", endedUs, null);
        comeBack(seat, course.after(index, endedUs, "failed").backUs);
      },
    });
    const seat: Seat = { user, index, flight: null };
    seats.push(seat);
    pausing.push(seat, course.startUs(index));
  };
  const run = autocannon({
    url: `http://${plan.target.host}:${plan.target.port}`,
    connections: traffic.connections,
    pipelining: 1,
    duration: NEVER_S,
    timeout: NEVER_S,
    sampleInt: SAMPLE_MS,
    setupClient,
  });
  if (seats.length !== traffic.connections) throw new Error("autocannon did not set up its clients at once");

  return {
    release(now) {
      over ||= now >= durationUs;
      for (let seat = pausing.shift(now); seat !== undefined; seat = pausing.shift(now)) start(seat);
      return over ? Number.POSITIVE_INFINITY : Math.min(durationUs, pausing.nextUs);
    },
    get exhausted() {
      return over;
    },
    abandon(flight) {
      const seat = carrying.get(flight);
      if (seat === undefined) return;
      release(seat);
      seat.user.abandon();
      comeBack(seat, course.after(seat.index, nowUs(), "error").backUs);
    },
    get connectionsOpened() {
      return seats.reduce((sum, { user }) => sum + user.opened, 0);
    },
    get retries() {
      return retries;
    },
    async close() {
      over = true;
      for (const { user } of seats) user.abandon();
      run.stop();
      await run;
    },
  };
}

function addressOf({ plan, distinctClients }: DriverEnvironment, user: number) {
  const localAddress = clientAddress(user % plan.traffic.clients);
  return { ...plan.target, noDelay: true, ...(distinctClients ? { localAddress } : {}) };
}
