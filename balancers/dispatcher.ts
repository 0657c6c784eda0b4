import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import {
  type Algorithm,
  AlgorithmError,
  type BackendIndex,
  type Pool,
  type RequestView,
} from "./algorithm.ts";
import { createAsking, type Probe } from "./asking.ts";
import { createEjection, type Ejection, type EjectionRule } from "./ejection.ts";
import { createTierRule, type Tier, type TierRule } from "./eligibility.ts";
import type { SlowStart } from "./overlays/slow-start.ts";

/**
 * How an attempt ended. `answered`: a response of any status below 500. `errored`: a 5xx; the algorithm learns it, ejection does
 * not count it. `failed`: refused, reset, timed out, not HTTP. `abandoned`: the client went away first.
 */
export type AttemptEnd = "answered" | "errored" | "failed" | "abandoned";

/** One request sent to one backend; has to be settled exactly once. Written by the dispatcher. */
export interface Attempt {
  backend: BackendIndex;
  startedAt: Millis;
  trial: boolean;
  isSettled: boolean;
}

export function blankAttempt(): Attempt {
  return { backend: 0, startedAt: 0, trial: false, isSettled: true };
}

/**
 * What stands between an algorithm and the traffic: who is eligible, what is in flight, and that every attempt is settled once.
 * Pure: time comes in. Backends begin as members.
 */
export interface Dispatcher {
  readonly pool: Pool;
  /**
   * Sends a request to a backend that is not in `tried`; null when there is no member, or none left to try. `into`, an attempt
   * that is over, becomes the new one.
   */
  start(request: RequestView, now: Millis, tried?: readonly BackendIndex[], into?: Attempt): Attempt | null;
  /** Throws when the attempt was settled before. */
  settle(attempt: Attempt, end: AttemptEnd, now: Millis): void;
  /** Passes its checks again. No effect when it did before. */
  join(backend: BackendIndex, now: Millis): void;
  /** Does not pass its checks; a panic may use it all the same. */
  leave(backend: BackendIndex, now: Millis): void;
  /** Is one of the backends again, or for the first time; as long as it is not, nothing is sent there. */
  add(backend: BackendIndex, now: Millis): void;
  /** Is not one of the backends any more; what it has in flight it finishes. */
  remove(backend: BackendIndex, now: Millis): void;
  /** Has another weight from now on. */
  reweigh(backend: BackendIndex, weight: number, now: Millis): void;
}

/** What overlays change about who is chosen. */
export interface Choosing {
  /** The backends in use, ascending; the others never get anything. */
  readonly among: readonly BackendIndex[];
  readonly tiers: TierRule;
  /** Instead of the rule in `DispatcherOptions`. */
  readonly ejection: Ejection | null;
  readonly slowStart: SlowStart | null;
  /** Draws the tier of a request, where several share the load. */
  readonly rng: Rng;
}

export interface DispatcherOptions {
  readonly algorithm: Algorithm;
  /** One per backend. */
  readonly weights: readonly number[];
  readonly ejection: EjectionRule | null;
  /** Absent without overlays: one tier of all backends. */
  readonly choosing?: Choosing;
  /** For an algorithm that wants to know. */
  readonly probe?: Probe;
  readonly now: Millis;
}

const UNTRIED: readonly BackendIndex[] = [];

/** Eligible are the members that are not ejected; when that would be none, all members (better a doubtful backend than none). */
export function createDispatcher({
  algorithm,
  weights,
  ejection: rule,
  choosing,
  probe,
  now: zero,
}: DispatcherOptions): Dispatcher {
  const size = weights.length;
  const weight = Float64Array.from(weights);
  const inflight = new Int32Array(size);
  const isThere = new Array<boolean>(size).fill(true);
  const isMember = new Array<boolean>(size).fill(true);
  const isEligible = new Uint8Array(size);
  const ejection = choosing?.ejection ?? createEjection(size, rule);
  const all = choosing?.among ?? weights.map((_, backend) => backend);
  const tiersOf = choosing?.tiers ?? createTierRule();
  const slowStart = choosing?.slowStart ?? null;
  let eligible: readonly BackendIndex[] = [];
  let nextReturn = Number.POSITIVE_INFINITY;
  let current: Pool = { eligible, weight, inflight };
  /** Null while one tier has all the load: then it is `current`. */
  let shared: readonly { readonly pool: Pool; readonly load: number }[] | null = null;

  const refresh = (now: Millis): void => {
    const there = all.filter((backend) => isThere[backend]);
    const members = there.filter((backend) => isMember[backend]);
    const admitted = members.filter((backend) => ejection.admits(backend, now));
    const tiers = tiersOf({ all: there, members, admitted });
    eligible = tiers.length === 1 ? tiers[0]!.backends : unionOf(tiers);
    current = { eligible, weight, inflight };
    shared =
      tiers.length === 1
        ? null
        : tiers.map(({ backends, load }) => ({ pool: { ...current, eligible: backends }, load }));
    slowStart?.admit(admitted, now);
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
  const enrol = (who: boolean[], backend: BackendIndex, member: boolean, now: Millis): void => {
    if (who[backend] === member) return;
    who[backend] = member;
    refresh(now);
  };
  const appoint = (backend: BackendIndex, there: boolean, now: Millis): void => {
    if (isThere[backend] !== there && all.includes(backend)) ejection.enrolled?.(backend, there, now);
    enrol(isThere, backend, there, now);
  };
  /** Of the tier that is drawn, or of the first with one left when the request was at all of that tier. */
  const offer = (tried: readonly BackendIndex[]): Pool => {
    const pool = shared === null || choosing === undefined ? current : draw(shared, choosing.rng);
    if (tried.length === 0) return pool;
    const left = without(pool, tried);
    if (left.eligible.length > 0 || shared === null) return left;
    const others = shared.map((tier) => without(tier.pool, tried));
    return others.find(({ eligible }) => eligible.length > 0) ?? left;
  };
  const ask = createAsking(algorithm, size, probe);
  refresh(zero);

  return {
    get pool() {
      return current;
    },
    start(request, now, tried = UNTRIED, into = blankAttempt()) {
      if (now >= nextReturn) refresh(now);
      const pool = offer(tried);
      if (pool.eligible.length === 0) return null;
      const backend =
        slowStart === null
          ? algorithm.pick(request, pool, now)
          : slowStart.pick(algorithm, request, pool, now);
      if (isEligible[backend] !== 1 || tried.includes(backend)) {
        throw new AlgorithmError(
          `pick gave ${String(backend)}, which is not one of pool.eligible (${pool.eligible.slice(0, 8).join(", ")}${pool.eligible.length > 8 ? ", ..." : ""})`,
        );
      }
      const trial = ejection.started(backend, now);
      if (trial) refresh(now);
      inflight[backend]! += 1;
      algorithm.started?.(backend, now);
      ask(now);
      into.backend = backend;
      into.startedAt = now;
      into.trial = trial;
      into.isSettled = false;
      return into;
    },
    settle(attempt, end, now) {
      if (attempt.isSettled) throw new Error(`an attempt at backend ${attempt.backend} was settled twice`);
      attempt.isSettled = true;
      const { backend, startedAt, trial } = attempt;
      inflight[backend]! -= 1;
      // A client that went away says how long it waited, not that the backend is broken.
      const ok = end === "answered" || end === "abandoned";
      algorithm.finished?.({ backend, latencyMs: now - startedAt, ok }, now);
      const seen = end === "errored" ? "answered" : end;
      if (ejection.ended(backend, { startedAt, trial, end: seen, errored: end === "errored" }, now))
        refresh(now);
    },
    join: (backend, now) => enrol(isMember, backend, true, now),
    leave: (backend, now) => enrol(isMember, backend, false, now),
    add: (backend, now) => appoint(backend, true, now),
    remove: (backend, now) => appoint(backend, false, now),
    reweigh(backend, to, now) {
      // Algorithms read weights when a backend joins.
      if (isEligible[backend]) algorithm.left?.(backend, now);
      weight[backend] = to;
      if (isEligible[backend]) algorithm.joined?.(backend, now);
    },
  };
}

function unionOf(tiers: readonly Tier[]): readonly BackendIndex[] {
  return tiers.flatMap(({ backends }) => backends).sort((a, b) => a - b);
}

function draw(shared: readonly { readonly pool: Pool; readonly load: number }[], rng: Rng): Pool {
  let left = rng.next();
  for (const { pool, load } of shared) {
    if (left < load) return pool;
    left -= load;
  }
  return shared.at(-1)!.pool;
}

function without(pool: Pool, tried: readonly BackendIndex[]): Pool {
  return { ...pool, eligible: pool.eligible.filter((backend) => !tried.includes(backend)) };
}
