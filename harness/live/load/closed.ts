import autocannon, { type Client } from "autocannon";
import { clientAddress } from "../../traffic/client-address.ts";
import { createCookieJar } from "../../traffic/cookie-jar.ts";
import { createThink } from "../../traffic/think.ts";
import { createWork } from "../../traffic/work.ts";
import { takeOver, type User } from "./autocannon-user.ts";
import { createDelayLine } from "./delay-line.ts";
import { exhausted } from "./exhaustion.ts";
import type { Driver, DriverEnvironment } from "./play.ts";
import { createRequestShape } from "./request-bytes.ts";
import { createFlight, type Flight } from "./tally.ts";

/** A user whose connection failed waits at least this long, so that a refusing target is not hammered. */
const BACK_OFF_US = 100_000;
/** Seconds; autocannon's own clocks must never strike, and must stay below 2^31 ms. */
const NEVER_S = 86_400;
/** autocannon looks this often whether it shall stop. */
const SAMPLE_MS = 20;

interface Seat {
  readonly user: User;
  readonly index: number;
  flight: Flight | null;
  /** Requests so far in the window and in the warm-up. */
  window: number;
  warmup: number;
}

/** A fixed number of users, each sends, waits, thinks; autocannon's connections carry them. */
export function createClosedDriver(environment: DriverEnvironment): Driver {
  const { plan, tally, nowUs } = environment;
  const { traffic } = plan;
  if (traffic.model !== "closed") throw new Error(`a closed generator cannot play model ${traffic.model}`);
  const shapes = traffic.requests.map((request) => createRequestShape(request, traffic));
  const work = {
    window: createWork(traffic, plan.service, plan.seed, "window"),
    warmup: createWork(traffic, plan.service, plan.seed, "warmup"),
  };
  const durationUs = traffic.duration * 1_000;
  const pauses = createThink(traffic, plan.seed);
  const starting = createDelayLine<Seat>();
  const thinking = createDelayLine<Seat>();
  const backingOff = createDelayLine<Seat>();
  const lines = [starting, thinking, backingOff];
  const seats: Seat[] = [];
  const carrying = new Map<Flight, Seat>();
  const jar = createCookieJar();
  let retries = 0;
  let over = false;

  const dispatch = (seat: Seat, flight: Flight): void => {
    const shape = shapes[flight.type]!;
    seat.user.send(
      shape.bytes(flight.k, flight.demandUs, flight.client, jar.of(flight.client), flight),
      shape.head,
    );
  };
  const start = (seat: Seat): void => {
    const sentUs = nowUs();
    over ||= sentUs >= durationUs;
    if (over) return;
    const phase = sentUs < 0 ? "warmup" : "window";
    const number = seat[phase] * traffic.connections + seat.index;
    seat[phase] += 1;
    const k = phase === "window" ? number : null;
    const flight = createFlight({ k, dueUs: sentUs, sentUs, ...work[phase].of(number) });
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
  /** After the last request of a user. */
  const pauseUs = (seat: Seat): number => {
    const phase = seat.window > 0 ? "window" : "warmup";
    return pauses.after(seat.index, seat[phase] - 1, phase) * 1_000;
  };
  const think = (seat: Seat, untilUs: number): void => {
    if (over) return;
    thinking.push(seat, untilUs);
    environment.wakeAt(untilUs);
  };
  const backOff = (seat: Seat, fromUs: number): void => {
    const atUs = fromUs + Math.max(BACK_OFF_US, pauseUs(seat));
    backingOff.push(seat, atUs);
    environment.wakeAt(atUs);
  };
  const setupClient = (client: Client): void => {
    const index = seats.length;
    const user = takeOver(client, addressOf(environment, index), plan.cookie ?? null, {
      answered(response) {
        const endedUs = nowUs();
        const flight = release(seat);
        if (flight !== null) jar.keep(flight.client, response.cookie);
        if (flight !== null) tally.end(flight, response.status < 400 ? "ok" : "httpError", endedUs, response);
        const pause = pauseUs(seat);
        if (pause === 0) start(seat);
        else think(seat, endedUs + pause);
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
        backOff(seat, endedUs);
      },
    });
    const seat: Seat = { user, index, flight: null, window: 0, warmup: 0 };
    seats.push(seat);
    // Spread over one pause, so that users who all think alike do not come as a herd.
    starting.push(seat, -traffic.warmup * 1_000 + (pauses.meanMs * 1_000 * index) / traffic.connections);
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
      for (const line of lines) {
        for (let seat = line.shift(now); seat !== undefined; seat = line.shift(now)) start(seat);
      }
      return over ? Number.POSITIVE_INFINITY : Math.min(durationUs, ...lines.map((line) => line.nextUs));
    },
    get exhausted() {
      return over;
    },
    abandon(flight) {
      const seat = carrying.get(flight);
      if (seat === undefined) return;
      release(seat);
      seat.user.abandon();
      think(seat, nowUs() + pauseUs(seat));
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
