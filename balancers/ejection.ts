import type { Millis } from "#kernel/units.ts";
import type { BackendIndex } from "./algorithm.ts";

/** `maxFails` failures in a row take a backend out for `ejectMs`. */
export interface EjectionRule {
  readonly maxFails: number;
  readonly ejectMs: Millis;
}

/**
 * Passive ejection. After its time a backend is on trial: it gets one attempt, whose success brings it back and whose failure takes it
 * out again (NGINX's max_fails and fail_timeout work so: ngx_http_upstream_round_robin.c).
 */
export interface Ejection {
  admits(backend: BackendIndex, now: Millis): boolean;
  /** The first instant after `now` at which `admits` changes by itself; infinity when it does not. */
  nextReturn(now: Millis): Millis;
  /** An attempt goes to the backend; true when it is its trial, after which `admits` is false until the trial has ended. */
  started(backend: BackendIndex, now: Millis): boolean;
  /** An attempt ended; true when `admits` may have changed. Attempts sent before an ejection say nothing about the time after it. */
  ended(backend: BackendIndex, attempt: EndedAttempt, now: Millis): boolean;
}

export interface EndedAttempt {
  readonly startedAt: Millis;
  readonly trial: boolean;
  readonly end: "answered" | "failed" | "abandoned";
  /** The answer was a 5xx. */
  readonly errored: boolean;
}

interface State {
  fails: number;
  /** Infinity in front of the first ejection and after a return. */
  ejectedAt: Millis;
  returnsAt: Millis;
  onTrial: boolean;
}

export function createEjection(size: number, rule: EjectionRule | null): Ejection {
  const states = Array.from({ length: size }, admitted);
  const isOut = (state: State): boolean => state.ejectedAt !== Number.POSITIVE_INFINITY;
  const eject = (state: State, now: Millis, ms: Millis): void => {
    state.ejectedAt = now;
    state.returnsAt = now + ms;
    state.onTrial = false;
  };
  return {
    admits(backend, now) {
      const state = states[backend] as State;
      return !isOut(state) || (!state.onTrial && now >= state.returnsAt);
    },
    nextReturn(now) {
      return states.reduce(
        (soonest, state) =>
          isOut(state) && state.returnsAt > now ? Math.min(soonest, state.returnsAt) : soonest,
        Number.POSITIVE_INFINITY,
      );
    },
    started(backend, now) {
      const state = states[backend] as State;
      if (!isOut(state) || state.onTrial || now < state.returnsAt) return false;
      state.onTrial = true;
      return true;
    },
    ended(backend, attempt, now) {
      if (rule === null) return false;
      const state = states[backend] as State;
      if (isOut(state)) {
        const isNews = attempt.trial || (attempt.end === "answered" && attempt.startedAt >= state.ejectedAt);
        if (!isNews) return false;
        if (attempt.end === "answered") Object.assign(state, admitted());
        else eject(state, now, rule.ejectMs);
        return true;
      }
      if (attempt.end === "answered") state.fails = 0;
      if (attempt.end !== "failed") return false;
      state.fails += 1;
      if (state.fails < rule.maxFails) return false;
      eject(state, now, rule.ejectMs);
      return true;
    },
  };
}

function admitted(): State {
  return { fails: 0, ejectedAt: Number.POSITIVE_INFINITY, returnsAt: 0, onTrial: false };
}
