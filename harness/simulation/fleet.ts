import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import {
  type Deployment,
  departureOf,
  firstFree,
  isCut,
  type Played,
  queuesOf,
  type Standstill,
} from "../../backends/service.ts";
import { createTimetable, type Timetable } from "../../backends/timetable.ts";
import type { BackendIndex } from "../../balancers/algorithm.ts";

/** How an attempt ends if nobody gives it up before; instants in ms from the start of the window. */
export interface Visit {
  /** 0; above it the rest is not known yet, and the station will tell of this ticket (`stations.ts`). */
  ticket: number;
  end: "answered" | "refused" | "closed";
  atMs: Millis;
  /** Of the answer: the view's own unless a fault changed it. */
  status: number;
  queueMs: Millis;
  serviceMs: Millis;
}

/** What a request asks of a backend at speed 1, and how much of it is not plain CPU. */
export interface Work {
  readonly demandMs: Millis;
  readonly ioMs: Millis;
  readonly gilFreeMs: Millis;
  /** How long its client takes to send it. */
  readonly clientMs: Millis;
}

/** The backends in virtual time, as a balancer meets them. */
export interface Fleet {
  /** The visit is the same object every time. `now` must not decrease; `accidents` gives the stream of this attempt. */
  arrive(backend: BackendIndex, now: Millis, work: Work, accidents: () => Rng): Visit;
  /** Answers nobody at the instant: it is dead or stands still. `now` must not decrease. */
  isSilent(backend: BackendIndex, now: Millis): boolean;
}

export interface Interval {
  readonly fromMs: Millis;
  readonly toMs: Millis;
}

/** What happens to one backend. */
interface Trouble {
  readonly timetable: Timetable;
  readonly deaths: readonly Interval[];
  /** Position in `deaths` of the next one. */
  next: number;
}

const OK = 200;
const UNTROUBLED: Played = {};
const NO_STANDSTILLS: readonly Standstill[] = [];

/**
 * The service model of `backends/service.ts` and the timetable of faults of many backends, slots in one column, with the
 * connections around it: none while a backend is dead, and those that were open are closed at the instant of its death. What
 * waits in a FIFO dies with it.
 */
export function createFleet(deployments: readonly Deployment[], faults: readonly FaultSpec[]): Fleet {
  const queues = deployments.map(queuesOf);
  const slots = queues.map(({ fifos, servers }) => fifos * servers);
  const from = Int32Array.from(runningSum(slots));
  const freeAt = new Float64Array(slots.reduce((sum, count) => sum + count, 0)).fill(
    Number.NEGATIVE_INFINITY,
  );
  const fifosOf = Uint16Array.from(queues, ({ fifos }) => fifos);
  const serversOf = Uint16Array.from(queues, ({ servers }) => servers);
  const speed = Float64Array.from(deployments, (deployment) => deployment.speed);
  const troubles = new Map<BackendIndex, Trouble>();
  for (const { backend } of faults)
    troubles.set(backend - 1, troubleOf(faults.filter((fault) => fault.backend === backend)));
  const visit: Visit = { ticket: 0, end: "answered", atMs: 0, status: OK, queueMs: 0, serviceMs: 0 };

  const isDead = (trouble: Trouble, backend: BackendIndex, now: Millis): boolean => {
    const { deaths } = trouble;
    for (
      let death = deaths[trouble.next];
      death !== undefined && now >= death.fromMs;
      death = deaths[trouble.next]
    ) {
      if (now < death.toMs) return true;
      const first = from[backend] as number;
      freeAt.fill(Number.NEGATIVE_INFINITY, first, first + (slots[backend] as number));
      trouble.next += 1;
    }
    return false;
  };
  const refuse = (now: Millis): Visit => {
    visit.end = "refused";
    visit.atMs = now;
    visit.queueMs = visit.serviceMs = visit.status = 0;
    return visit;
  };
  return {
    arrive(backend, now, { demandMs }, accidents) {
      const trouble = troubles.size === 0 ? undefined : troubles.get(backend);
      if (trouble !== undefined && isDead(trouble, backend, now)) return refuse(now);
      const servers = serversOf[backend] as number;
      const fifos = fifosOf[backend] as number;
      // Sync workers share one FIFO; a gthread worker accepts into its own.
      const fifo = fifos === 1 ? 0 : Math.floor(accidents().fork("accept").next() * fifos);
      const slot = firstFree(freeAt, (from[backend] as number) + fifo * servers, servers);
      const startMs = Math.max(now, freeAt[slot] as number);
      const workMs = demandMs / (speed[backend] as number);
      const played =
        trouble === undefined ? UNTROUBLED : trouble.timetable.play(startMs, () => accidents().fork("fault"));
      const standstills = trouble === undefined ? NO_STANDSTILLS : trouble.timetable.standstills;
      const departureMs = departureOf(startMs, workMs, played, standstills);
      const killedMs = trouble?.deaths[trouble.next]?.fromMs ?? Number.POSITIVE_INFINITY;
      freeAt[slot] = departureMs;
      const isClosed = isCut(played) || killedMs <= departureMs;
      visit.end = isClosed ? "closed" : "answered";
      visit.atMs = Math.min(departureMs, killedMs);
      visit.status = played.status ?? OK;
      visit.queueMs = startMs - now;
      visit.serviceMs = departureMs - startMs;
      return visit;
    },
    isSilent(backend, now) {
      const trouble = troubles.get(backend);
      if (trouble === undefined) return false;
      const stands = trouble.timetable.standstills.some(({ fromMs, toMs }) => fromMs <= now && now < toMs);
      return stands || isDead(trouble, backend, now);
    },
  };
}

function troubleOf(faults: readonly FaultSpec[]): Trouble {
  return { timetable: createTimetable(faults, 0), deaths: deathsOf(faults), next: 0 };
}

/** In order of time. */
export function deathsOf(faults: readonly FaultSpec[]): readonly Interval[] {
  return faults
    .filter(({ type }) => type === "crash")
    .map(({ at, for: length }) => ({ fromMs: at, toMs: at + length }))
    .sort((a, b) => a.fromMs - b.fromMs);
}

/** Where each begins when all lie one after another. */
function runningSum(lengths: readonly number[]): number[] {
  let sum = 0;
  return lengths.map((length) => {
    const from = sum;
    sum += length;
    return from;
  });
}
