import type { Millis } from "#kernel/units.ts";
import {
  type Algorithm,
  AlgorithmError,
  type BackendIndex,
  type Pool,
  type ProbeAnswer,
  type RequestView,
} from "./algorithm.ts";
import { createEjection, type EjectionRule } from "./ejection.ts";

/**
 * How an attempt ended. `answered`: a response of any status below 500. `errored`: a 5xx; the algorithm learns it, ejection does
 * not count it. `failed`: refused, reset, timed out, not HTTP. `abandoned`: the client went away first.
 */
export type AttemptEnd = "answered" | "errored" | "failed" | "abandoned";

/** One request sent to one backend; has to be settled exactly once. */
export interface Attempt {
  readonly backend: BackendIndex;
  readonly startedAt: Millis;
  readonly trial: boolean;
}

/**
 * What stands between an algorithm and the traffic: who is eligible, what is in flight, and that every attempt is settled once.
 * Pure: time comes in. Backends begin as members.
 */
export interface Dispatcher {
  readonly pool: Pool;
  /** Sends a request to a backend that is not in `tried`; null when there is no member, or none left to try. */
  start(request: RequestView, now: Millis, tried?: readonly BackendIndex[]): Attempt | null;
  /** Throws when the attempt was settled before. */
  settle(attempt: Attempt, end: AttemptEnd, now: Millis): void;
  /** Configured and, where there are active checks, passing them. No effect when it already is. */
  join(backend: BackendIndex, now: Millis): void;
  leave(backend: BackendIndex, now: Millis): void;
}

export interface DispatcherOptions {
  readonly algorithm: Algorithm;
  /** One per backend. */
  readonly weights: readonly number[];
  readonly ejection: EjectionRule | null;
  /** Asks a backend how it is for an algorithm that wants to know; `answer` may come later or never. */
  readonly probe?: (backend: BackendIndex, answer: (answer: ProbeAnswer, now: Millis) => void) => void;
  readonly now: Millis;
}

/** Eligible are the members that are not ejected; when that would be none, all members (better a doubtful backend than none). */
export function createDispatcher({
  algorithm,
  weights,
  ejection: rule,
  probe,
  now: zero,
}: DispatcherOptions): Dispatcher {
  const size = weights.length;
  const weight = Float64Array.from(weights);
  const inflight = new Int32Array(size);
  const isMember = new Array<boolean>(size).fill(true);
  const isEligible = new Uint8Array(size);
  const ejection = createEjection(size, rule);
  const open = new Set<Attempt>();
  let eligible: readonly BackendIndex[] = [];
  let nextReturn = Number.POSITIVE_INFINITY;
  let current: Pool = { eligible, weight, inflight };

  const refresh = (now: Millis): void => {
    const members = weights.map((_, backend) => backend).filter((backend) => isMember[backend]);
    const admitted = members.filter((backend) => ejection.admits(backend, now));
    eligible = admitted.length > 0 ? admitted : members;
    current = { eligible, weight, inflight };
    nextReturn = ejection.nextReturn(now);
    const before = isEligible.slice();
    isEligible.fill(0);
    for (const backend of eligible) isEligible[backend] = 1;
    for (let backend = 0; backend < size; backend++) {
      if (before[backend] === isEligible[backend]) continue;
      if (isEligible[backend]) algorithm.joined?.(backend, now);
      else algorithm.left?.(backend, now);
    }
  };
  const enrol = (backend: BackendIndex, member: boolean, now: Millis): void => {
    if (isMember[backend] === member) return;
    isMember[backend] = member;
    refresh(now);
  };
  refresh(zero);

  return {
    get pool() {
      return current;
    },
    start(request, now, tried = []) {
      if (now >= nextReturn) refresh(now);
      const pool = tried.length === 0 ? current : without(current, tried);
      if (pool.eligible.length === 0) return null;
      const backend = algorithm.pick(request, pool, now);
      if (isEligible[backend] !== 1 || tried.includes(backend)) {
        throw new AlgorithmError(
          `pick gave ${String(backend)}, which is not one of pool.eligible (${pool.eligible.slice(0, 8).join(", ")}${pool.eligible.length > 8 ? ", ..." : ""})`,
        );
      }
      const trial = ejection.started(backend, now);
      if (trial) refresh(now);
      inflight[backend]! += 1;
      algorithm.started?.(backend, now);
      const attempt: Attempt = { backend, startedAt: now, trial };
      open.add(attempt);
      if (probe !== undefined && algorithm.probes !== undefined)
        for (const asked of algorithm.probes(now))
          probe(asked, (answer, at) => algorithm.probed?.(asked, answer, at));
      return attempt;
    },
    settle(attempt, end, now) {
      if (!open.delete(attempt))
        throw new Error(`an attempt at backend ${attempt.backend} was settled twice`);
      const { backend, startedAt, trial } = attempt;
      inflight[backend]! -= 1;
      // A client that went away says how long it waited, not that the backend is broken.
      const ok = end === "answered" || end === "abandoned";
      algorithm.finished?.({ backend, latencyMs: now - startedAt, ok }, now);
      const seen = end === "errored" ? "answered" : end;
      if (ejection.ended(backend, { startedAt, trial, end: seen }, now)) refresh(now);
    },
    join: (backend, now) => enrol(backend, true, now),
    leave: (backend, now) => enrol(backend, false, now),
  };
}

function without(pool: Pool, tried: readonly BackendIndex[]): Pool {
  return { ...pool, eligible: pool.eligible.filter((backend) => !tried.includes(backend)) };
}
