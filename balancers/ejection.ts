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
  /** One of the backends or not any more; for a rule that counts them. */
  enrolled?(backend: BackendIndex, isThere: boolean, now: Millis): void;
}

export interface EndedAttempt {
  readonly startedAt: Millis;
  readonly trial: boolean;
  readonly end: "answered" | "failed" | "abandoned";
  /** The answer was a 5xx. */
  readonly errored: boolean;
}

export function createEjection(size: number, rule: EjectionRule | null): Ejection {
  const fails = new Uint32Array(size);
  const isOut = new Uint8Array(size);
  const isOnTrial = new Uint8Array(size);
  const ejectedAt = new Float64Array(size);
  const returnsAt = new Float64Array(size);
  let out = 0;

  const eject = (backend: BackendIndex, now: Millis, ms: Millis): void => {
    if (isOut[backend] === 0) out += 1;
    isOut[backend] = 1;
    isOnTrial[backend] = 0;
    ejectedAt[backend] = now;
    returnsAt[backend] = now + ms;
  };
  const admit = (backend: BackendIndex): void => {
    out -= 1;
    isOut[backend] = isOnTrial[backend] = fails[backend] = 0;
  };
  return {
    admits: (backend, now) =>
      isOut[backend] === 0 || (isOnTrial[backend] === 0 && now >= (returnsAt[backend] as Millis)),
    nextReturn(now) {
      let soonest = Number.POSITIVE_INFINITY;
      if (out === 0) return soonest;
      for (const [backend, at] of returnsAt.entries())
        if (isOut[backend] === 1 && at > now && at < soonest) soonest = at;
      return soonest;
    },
    started(backend, now) {
      if (isOut[backend] === 0 || isOnTrial[backend] === 1 || now < (returnsAt[backend] as Millis))
        return false;
      isOnTrial[backend] = 1;
      return true;
    },
    ended(backend, { end, trial, startedAt }, now) {
      if (rule === null) return false;
      if (isOut[backend] === 1) {
        const isNews = trial || (end === "answered" && startedAt >= (ejectedAt[backend] as Millis));
        if (!isNews) return false;
        if (end === "answered") admit(backend);
        else eject(backend, now, rule.ejectMs);
        return true;
      }
      if (end === "answered") fails[backend] = 0;
      if (end !== "failed") return false;
      fails[backend]! += 1;
      if ((fails[backend] as number) < rule.maxFails) return false;
      eject(backend, now, rule.ejectMs);
      return true;
    },
  };
}
