import type { Millis } from "#kernel/units.ts";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import { knockAfterMs } from "../../backends/knock.ts";
import {
  awayMsOf,
  type Deployment,
  departureOf,
  firstFree,
  isCut,
  type Played,
  queuesOf,
} from "../../backends/service.ts";
import type { BackendIndex } from "../../balancers/algorithm.ts";
import { type Caller, createTrouble, type Trouble } from "./trouble.ts";

/**
 * How an attempt ends if nobody gives it up before; instants in ms from the start of the window. Refused: no connection. Unreachable: no
 * connection and no refusal, ever. Broken: its answer begins and does not end. Malformed: it is not HTTP.
 */
export interface Visit {
  /** 0; above it the rest is not known yet, and the station will tell of this ticket (`stations.ts`). */
  ticket: number;
  end: "answered" | "refused" | "unreachable" | "closed" | "broken" | "malformed";
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
  /** The visit is the same object every time. `now` must not decrease. */
  arrive(backend: BackendIndex, now: Millis, work: Work, caller: Caller): Visit;
  /** Answers nobody at the instant: it is dead, stands still or cannot be reached. `now` must not decrease. */
  isSilent(backend: BackendIndex, now: Millis): boolean;
}

const OK = 200;

/**
 * The service model of `backends/service.ts` and the timetable of faults of many backends, slots in one column, with the
 * connections around it: none while a backend is dead, and those that were open are closed at the instant of its death. What
 * waits in a FIFO dies with it.
 */
export function createFleet(
  deployments: readonly Deployment[],
  faults: readonly FaultSpec[],
  seed: number,
): Fleet {
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
  for (const id of new Set(faults.map(({ backend }) => backend))) {
    const own = faults.filter((fault) => fault.backend === id);
    const { mode = "sync" } = deployments[id - 1] ?? {};
    troubles.set(id - 1, createTrouble(own, id, mode, seed));
  }
  const visit: Visit = { ticket: 0, end: "answered", atMs: 0, status: OK, queueMs: 0, serviceMs: 0 };

  const isDead = (trouble: Trouble, backend: BackendIndex, now: Millis): boolean =>
    trouble.isDead(now, () => {
      const first = from[backend] as number;
      freeAt.fill(Number.NEGATIVE_INFINITY, first, first + (slots[backend] as number));
    });
  const leave = (end: Visit["end"], atMs: Millis): Visit => {
    visit.end = end;
    visit.atMs = atMs;
    visit.queueMs = visit.serviceMs = visit.status = 0;
    return visit;
  };
  const slotOf = (backend: BackendIndex, caller: Caller): number => {
    const servers = serversOf[backend] as number;
    const fifos = fifosOf[backend] as number;
    // Sync workers share one FIFO; a gthread worker accepts into its own.
    const fifo = fifos === 1 ? 0 : Math.floor(caller.accidents().fork("accept").next() * fifos);
    return firstFree(freeAt, (from[backend] as number) + fifo * servers, servers);
  };
  const serveTroubled = (
    trouble: Trouble,
    { backend, now, enteredMs, workMs }: Entered,
    caller: Caller,
    played: (startMs: Millis) => Played,
  ): Visit => {
    const slot = slotOf(backend, caller);
    const startMs = Math.max(enteredMs, freeAt[slot] as number);
    trouble.starts(now, startMs);
    const what = played(startMs);
    const departureMs = departureOf(startMs, workMs, what, trouble.timetable.standstills);
    // Who waits outside leaves his slot to those who come before he is in.
    const idleMs = startMs - Math.max(now, freeAt[slot] as number);
    freeAt[slot] = departureMs + awayMsOf(what) - (enteredMs > now ? idleMs : 0);
    visit.atMs = departureMs;
    visit.end = endOf(what);
    visit.status = what.status ?? OK;
    visit.queueMs = startMs - now;
    visit.serviceMs = departureMs - startMs;
    return cutByDeath(trouble, deployments[backend]?.mode ?? "sync", visit, startMs);
  };
  const arriveTroubled = (
    trouble: Trouble,
    backend: BackendIndex,
    now: Millis,
    workMs: Millis,
    caller: Caller,
  ): Visit => {
    const door = isDead(trouble, backend, now) ? "closed" : trouble.doorAt(now);
    if (door === "closed") return leave("refused", now);
    if (door === "full") return leave("unreachable", Number.POSITIVE_INFINITY);
    const { timetable } = trouble;
    const guest = trouble.receive(caller);
    const met = timetable.meet(now, guest);
    const play = (startMs: Millis): Played => timetable.play(startMs, guest);
    if (met?.type === "cut") return leave("closed", now);
    if (met?.type === "swallowed") return leave("closed", met.untilMs);
    if (met?.type === "beside") {
      leave("answered", now + workMs);
      visit.status = OK;
      visit.serviceMs = workMs;
      return visit;
    }
    let enteredMs = now;
    if (met?.type === "knocks")
      for (let knocks = 0; enteredMs < met.untilMs && trouble.waitingAt(enteredMs) > met.backlog; knocks++)
        enteredMs += knockAfterMs(knocks);
    return serveTroubled(trouble, { backend, now, enteredMs, workMs }, caller, play);
  };
  return {
    arrive(backend, now, { demandMs }, caller) {
      const workMs = demandMs / (speed[backend] as number);
      const trouble = troubles.size === 0 ? undefined : troubles.get(backend);
      if (trouble !== undefined) return arriveTroubled(trouble, backend, now, workMs, caller);
      const slot = slotOf(backend, caller);
      const startMs = Math.max(now, freeAt[slot] as number);
      const departureMs = startMs + workMs;
      freeAt[slot] = departureMs;
      visit.end = "answered";
      visit.atMs = departureMs;
      visit.status = OK;
      visit.queueMs = startMs - now;
      visit.serviceMs = departureMs - startMs;
      return visit;
    },
    isSilent(backend, now) {
      const trouble = troubles.get(backend);
      if (trouble === undefined) return false;
      const { standstills } = trouble.timetable;
      const stands = standstills.some(({ fromMs, toMs }) => fromMs <= now && now < toMs);
      return (
        stands ||
        trouble.doorAt(now) !== "open" ||
        trouble.timetable.connect(now) !== null ||
        isDead(trouble, backend, now)
      );
    },
  };
}

/** A request that got into a backend, later than it came when the queue was full. */
interface Entered {
  readonly backend: BackendIndex;
  readonly now: Millis;
  readonly enteredMs: Millis;
  readonly workMs: Millis;
}

function endOf(played: Played): Visit["end"] {
  if (isCut(played)) return "closed";
  // Its head is in order.
  if (played.malformed === "bad-chunk" || (played.truncation && !played.malformed)) return "broken";
  return played.malformed === undefined ? "answered" : "malformed";
}

/** What the end of the process, if it comes before, makes of a visit. */
function cutByDeath(trouble: Trouble, mode: Deployment["mode"], visit: Visit, startMs: Millis): Visit {
  const death = trouble.nextDeath;
  if (death === null) return visit;
  // A gthread worker has accepted who waits, and serves them all.
  const isLost =
    death.how === "killed" ? death.fromMs <= visit.atMs : mode === "sync" && startMs > death.fromMs;
  if (!isLost) return visit;
  visit.end = "closed";
  visit.atMs = Math.min(visit.atMs, death.fromMs);
  return visit;
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
