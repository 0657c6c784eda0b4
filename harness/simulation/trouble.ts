import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import { type BackendMode, NO_K } from "../../backends/protocol.ts";
import { createTimetable, faultDraws, type Guest, type Timetable } from "../../backends/timetable.ts";

/** A request on its way to a backend; the object is the same one every time. */
export interface Caller {
  /** Stream of this attempt's accidents. */
  accidents(): Rng;
  /** Number of a request of the window, NO_K of any other. */
  readonly k: number;
  readonly method: string;
  readonly path: string;
  answerBytes(): number;
}

/** The end of a process, and when the next one listens. */
export interface Death {
  /** From 1. */
  readonly backend: number;
  readonly fromMs: Millis;
  readonly toMs: Millis;
  /** Killed: everybody is cut off. Terminated: who is in service is answered. */
  readonly how: "killed" | "terminated";
}

/** What happens to one backend in virtual time. */
export interface Trouble {
  readonly timetable: Timetable;
  /** The end of its process that comes next. */
  readonly nextDeath: Death | null;
  /** No process of it listens; calls `reborn` when one has begun since it was asked last. `now` must not decrease. */
  isDead(now: Millis, reborn: () => void): boolean;
  /** Nobody gets a connection, or a refusal at once. */
  doorAt(now: Millis): "open" | "closed" | "full";
  /** The caller as faults see it; good until the next call. */
  receive(caller: Caller): Guest;
  /** Waiting requests at an instant, of those that were told of. */
  waitingAt(at: Millis): number;
  /** A request is going to start; nothing is kept unless a fault looks at the queue. */
  starts(now: Millis, startMs: Millis): void;
}

export function createTrouble(
  faults: readonly FaultSpec[],
  backend: number,
  mode: BackendMode,
  seed: number,
): Trouble {
  const timetable = createTimetable(faults, 0);
  const deaths = deathsOf(faults);
  const looksAtQueue = faults.some(({ type }) => type === "backlog");
  const draws = faultDraws(seed, backend);
  let next = 0;
  let unnumbered = 0;
  let starts: Millis[] = [];
  let caller: Caller | null = null;
  let stream: Rng | null = null;
  const guest: Guest = {
    get method() {
      return caller?.method ?? "";
    },
    get path() {
      return caller?.path ?? "";
    },
    isOnKept: mode === "gthread",
    answerBytes: () => caller?.answerBytes() ?? 0,
    draws() {
      const k = caller?.k ?? NO_K;
      // No request of the window comes here twice: what is tried again is tried elsewhere.
      stream ??= draws.fork(k).fork(k === NO_K ? unnumbered++ : 0);
      return stream;
    },
  };
  return {
    timetable,
    get nextDeath() {
      return deaths[next] ?? null;
    },
    isDead(now, reborn) {
      for (let death = deaths[next]; death !== undefined && now >= death.fromMs; death = deaths[next]) {
        if (now < death.toMs) return true;
        next += 1;
        starts = [];
        reborn();
      }
      return false;
    },
    doorAt: (now) =>
      timetable.listening.find(({ fromMs, toMs }) => fromMs <= now && now < toMs)?.how ?? "open",
    receive(who) {
      caller = who;
      stream = null;
      return guest;
    },
    waitingAt: (at) => starts.reduce((count, startMs) => count + (startMs > at ? 1 : 0), 0),
    starts(now, startMs) {
      if (!looksAtQueue) return;
      starts = starts.filter((each) => each > now);
      starts.push(startMs);
    },
  };
}

/** In order of time. */
export function deathsOf(faults: readonly FaultSpec[]): readonly Death[] {
  return faults
    .flatMap(({ type, backend, at, for: length }): Death[] => {
      const how = type === "crash" ? "killed" : type === "restart" ? "terminated" : null;
      return how === null ? [] : [{ backend, fromMs: at, toMs: at + length, how }];
    })
    .sort((a, b) => a.fromMs - b.fromMs);
}
