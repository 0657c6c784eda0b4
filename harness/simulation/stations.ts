import type { Demand } from "#kernel/demand.ts";
import { createRng, type Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import { NO_K } from "../../backends/protocol.ts";
import { type Deployment, isCut } from "../../backends/service.ts";
import type { Departure } from "../../backends/station/job.ts";
import type { StationDeployment } from "../../backends/station/spec.ts";
import { createStation, type Station } from "../../backends/station/station.ts";
import { createTimetable, faultDraws, type Guest, type Timetable } from "../../backends/timetable.ts";
import type { BackendIndex } from "../../balancers/algorithm.ts";
import { createEventQueue } from "./events.ts";
import { type Caller, type Death, deathsOf } from "./trouble.ts";

/** How a request left a station; instants in ms from the start of the window, at the backend. */
export interface Left {
  readonly ticket: number;
  readonly end: "answered" | "closed";
  readonly atMs: Millis;
  readonly status: number;
  readonly queueMs: Millis;
  readonly serviceMs: Millis;
}

/** What comes in, and how long it takes to come in. */
export interface Order {
  readonly demand: Demand;
  readonly clientMs: Millis;
}

/** The backends of a trial whose departures are not known on arrival; they see a request one hop after it was sent. */
export interface Stations {
  has(backend: BackendIndex): boolean;
  /** `now` is the backend's. Returns a ticket above 0, or null from a backend that is dead. */
  arrive(backend: BackendIndex, now: Millis, order: Order, caller: Caller): number | null;
  /** Answers nobody: it is dead or stands still. */
  isSilent(backend: BackendIndex, now: Millis): boolean;
  /** When `next` is to be called, on the balancer's clock; infinity when nothing happens. */
  readonly nextMs: Millis;
  /** Plays what is next: null, or what the balancer hears of at that instant. */
  next(): Left | null;
  /** Tells when this one has left, at the balancer, instead of `next`. */
  whenLeft(ticket: number, then: (left: Left) => void): void;
  /** Tells of every departure at once, as the backend itself knows of it. */
  watch(witness: (left: Left) => void): void;
}

/** What the faults of one backend draw from. */
interface Luck {
  readonly draws: Rng;
  unnumbered: number;
}

interface Line {
  readonly deployment: StationDeployment;
  readonly timetable: Timetable;
  readonly deaths: readonly Death[];
  station: Station;
  nextDeath: number;
  deadUntilMs: Millis;
  /** Instant of arrival of those in it, by the station's own ticket, with the ticket of the trial. */
  readonly inside: Map<number, { readonly ticket: number; readonly arrivalMs: Millis }>;
}

const OK = 200;

/** Null when no backend needs it. */
export function createStations(
  deployments: readonly (Deployment | StationDeployment)[],
  faults: readonly FaultSpec[],
  seed: number,
  hopMs: Millis,
): Stations | null {
  const root = createRng(seed).fork("station");
  const luck = deployments.map((_, backend) => ({ draws: faultDraws(seed, backend + 1), unnumbered: 0 }));
  const lines = deployments.map((deployment, backend): Line | null =>
    "station" in deployment
      ? createLine(
          deployment,
          faults.filter((fault) => fault.backend === backend + 1),
          root.fork(backend + 1),
        )
      : null,
  );
  if (lines.every((line) => line === null)) return null;
  const wakes = createEventQueue();
  const planned = new Float64Array(lines.length).fill(Number.POSITIVE_INFINITY);
  const leaving: Left[] = [];
  const waiting = new Map<number, (left: Left) => void>();
  const witnesses: ((left: Left) => void)[] = [];
  let tickets = 0;

  const lineOf = (backend: BackendIndex): Line => lines[backend] as Line;
  const collect = (line: Line, isDead = false): void => {
    for (let gone = line.station.take(); gone !== null; gone = line.station.take()) {
      const guest = line.inside.get(gone.ticket);
      line.inside.delete(gone.ticket);
      if (guest === undefined) continue;
      const left = leftOf(gone, guest, isDead);
      leaving.push(left);
      for (const witness of witnesses) witness(left);
    }
  };
  const replan = (backend: BackendIndex): void => {
    const { station, deaths, nextDeath } = lineOf(backend);
    const atMs = Math.min(station.nextMs, deaths[nextDeath]?.fromMs ?? Number.POSITIVE_INFINITY);
    // What is later than its plan wakes in vain, and is planned again.
    if (atMs >= (planned[backend] as number)) return;
    planned[backend] = atMs;
    wakes.plan(atMs, backend);
  };
  const play = (backend: BackendIndex, now: Millis): void => {
    const line = lineOf(backend);
    const death = line.deaths[line.nextDeath];
    if (death !== undefined && death.fromMs <= now) {
      line.station.advance(death.fromMs);
      collect(line);
      line.station.abort(death.fromMs);
      collect(line, true);
      line.station = stationOf(line, root.fork(backend + 1));
      line.deadUntilMs = death.toMs;
      line.nextDeath += 1;
    }
    line.station.advance(now);
    collect(line);
  };
  for (const [backend, line] of lines.entries()) if (line !== null) replan(backend);
  return {
    has: (backend) => lines[backend] !== null,
    arrive(backend, now, { demand, clientMs }, caller) {
      const line = lineOf(backend);
      play(backend, now);
      if (now < line.deadUntilMs) return null;
      // Asked for when service starts, long after the caller has gone on to other requests.
      const guest = guestOf(caller, luck[backend] as Luck);
      const ticket = ++tickets;
      const own = line.station.arrive(now, {
        demand: () => demand,
        readyMs: now + clientMs,
        kept: null,
        draw: line.deployment.workers === 1 ? 0 : caller.accidents().fork("accept").next(),
        play: (startMs) => line.timetable.play(startMs, guest),
      });
      line.inside.set(own, { ticket, arrivalMs: now });
      collect(line);
      replan(backend);
      return ticket;
    },
    isSilent(backend, now) {
      const { timetable, deadUntilMs } = lineOf(backend);
      play(backend, now);
      const stands = timetable.standstills.some(({ fromMs, toMs }) => fromMs <= now && now < toMs);
      return stands || now < deadUntilMs;
    },
    get nextMs() {
      const heard = leaving[0];
      return Math.min(
        wakes.nextMs - hopMs,
        heard === undefined ? Number.POSITIVE_INFINITY : heard.atMs + hopMs,
      );
    },
    next() {
      const heard = leaving[0];
      if (heard === undefined || wakes.nextMs - hopMs <= heard.atMs + hopMs) {
        const now = wakes.nextMs;
        const backend = wakes.take();
        // Of several plans for one backend only the earliest is alive.
        if (planned[backend] !== now) return null;
        planned[backend] = Number.POSITIVE_INFINITY;
        play(backend, now);
        replan(backend);
        return null;
      }
      leaving.shift();
      const then = waiting.get(heard.ticket);
      if (then === undefined) return heard;
      waiting.delete(heard.ticket);
      then(heard);
      return null;
    },
    whenLeft: (ticket, then) => void waiting.set(ticket, then),
    watch: (witness) => void witnesses.push(witness),
  };
}

/** A caller as faults see it when service starts, long after that object stands for another request. */
function guestOf({ k, method, path }: Caller, luck: Luck): Guest {
  let stream: Rng | null = null;
  return {
    method,
    path,
    isOnKept: false,
    answerBytes: () => 0,
    draws() {
      // As in `trouble.ts`, so that the same requests are hit however a backend is played.
      stream ??= luck.draws.fork(k).fork(k === NO_K ? luck.unnumbered++ : 0);
      return stream;
    },
  };
}

function createLine(deployment: StationDeployment, faults: readonly FaultSpec[], rng: Rng): Line {
  const timetable = createTimetable(faults, 0);
  const setting = { deployment, timetable };
  return {
    ...setting,
    deaths: deathsOf(faults),
    station: stationOf(setting, rng),
    nextDeath: 0,
    deadUntilMs: Number.NEGATIVE_INFINITY,
    inside: new Map(),
  };
}

/** A process that has just started: empty, and cold. */
function stationOf({ deployment, timetable }: Pick<Line, "deployment" | "timetable">, rng: Rng): Station {
  return createStation({ deployment, zeroMs: 0, standstills: timetable.standstills, rng });
}

function leftOf(
  { startMs, departureMs, played }: Departure,
  { ticket, arrivalMs }: { readonly ticket: number; readonly arrivalMs: Millis },
  isDead: boolean,
): Left {
  return {
    ticket,
    end: isDead || isCut(played) ? "closed" : "answered",
    atMs: departureMs,
    status: played.status ?? OK,
    queueMs: startMs - arrivalMs,
    serviceMs: departureMs - startMs,
  };
}
