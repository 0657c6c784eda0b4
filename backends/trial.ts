import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { Rng } from "#kernel/rng.ts";
import type { Body } from "./body.ts";
import type { Turn } from "./django/app.ts";
import type { BackendSpec, BackendStats, ResetOrder } from "./protocol.ts";
import { createRecentLatency, type RecentLatency } from "./recent-latency.ts";
import { type Assignment, createService, type Service } from "./service.ts";
import { createTimetable, faultDraws, type Guest, type Timetable } from "./timetable.ts";

/** What one trial leaves behind in a backend; a reset begins a new one. */
export interface Trial {
  readonly service: Service;
  readonly timetable: Timetable;
  /** Of what faults draw: forked by k and by attempt. */
  readonly draws: Rng;
  /** In a queue or in service, with or without a client. */
  readonly exchanges: Set<Exchange>;
  /** Attempts that met a fault, by k, so that each draws anew. */
  readonly tries: Map<number, number>;
  readonly lagUs: RecordableHistogram;
  /** Of this trial alone. */
  readonly recent: RecentLatency;
  attempts: number;
  completed: number;
  abandoned: number;
}

/** One request from its head to its end. */
export interface Exchange {
  readonly trial: Trial;
  readonly turn: Turn;
  readonly body: Body;
  readonly k: number;
  readonly demandMs: number;
  /** As faults see it. */
  readonly guest: Guest;
  arrivalMs: number;
  /** Requests that the backend had when it came. */
  readonly found: number;
  /** Null while it is in no queue, and until it leaves where that is not known on arrival. */
  assignment: Assignment | null;
  /** It has its last ledger entry. */
  settled: boolean;
}

/** An empty queue and the timetable of `order`. */
export function newTrial(spec: BackendSpec, order: ResetOrder): Trial {
  const timetable = createTimetable(order.faults, Number(BigInt(order.zeroNs)) / 1e6);
  return {
    service: createService(spec, timetable.standstills),
    timetable,
    draws: faultDraws(order.seed ?? spec.seed, spec.id),
    exchanges: new Set(),
    tries: new Map(),
    lagUs: createHistogram(),
    attempts: 0,
    completed: 0,
    abandoned: 0,
    recent: createRecentLatency(),
  };
}

/** Which attempt at request `k` this is among those that met a fault here, from 0. */
export function nextTry(trial: Trial, k: number): number {
  const tries = trial.tries.get(k) ?? 0;
  trial.tries.set(k, tries + 1);
  return tries;
}

export function statsOf({ attempts, completed, abandoned, exchanges, lagUs }: Trial): BackendStats {
  const lagP99Us = lagUs.count === 0 ? 0 : lagUs.percentile(99);
  return { attempts, completed, abandoned, inFlight: exchanges.size, lagP99Us };
}

/** Value of HEADER_TIMES: `queue=153;service=20133;lag=80`, whole microseconds. */
export function timesOf(
  { arrivalMs }: Pick<Exchange, "arrivalMs">,
  { startMs, departureMs }: Assignment,
  lagUs: number,
): string {
  return `queue=${toUs(startMs - arrivalMs)};service=${toUs(departureMs - startMs)};lag=${lagUs}`;
}

export function toUs(ms: number): number {
  return Math.round(ms * 1_000);
}
