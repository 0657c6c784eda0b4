import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";

/** Position of a backend in the pool, from 0. */
export type BackendIndex = number;

/** What an algorithm may look at in a request. */
export interface RequestView {
  /** Address of the client as the balancer sees it. */
  readonly clientAddress: string;
  readonly path: string;
  /** Header by lower-case name. */
  header(name: string): string | undefined;
}

/**
 * Indexed columns of what one balancer can see itself. `eligible` is never empty when `pick` is called and changes on
 * membership, not per request: health, ejection and already-tried backends are filtered before.
 */
export interface Pool {
  readonly eligible: readonly BackendIndex[];
  readonly weight: Float64Array;
  readonly inflight: Int32Array;
}

/** How one attempt at a backend ended. */
export interface Outcome {
  readonly backend: BackendIndex;
  readonly latencyMs: Millis;
  readonly ok: boolean;
}

/** A balancing decision: pure, synchronous, total; time and randomness come in as arguments. */
export interface Algorithm {
  /** One of `pool.eligible`. */
  pick(request: RequestView, pool: Pool, now: Millis): BackendIndex;
  /** The backend became eligible (also once per backend at the start). */
  joined?(backend: BackendIndex, now: Millis): void;
  left?(backend: BackendIndex, now: Millis): void;
  /** An attempt was sent to the backend; `pool.inflight` already counts it. */
  started?(backend: BackendIndex, now: Millis): void;
  /** An attempt ended; `pool.inflight` no longer counts it. */
  finished?(outcome: Outcome, now: Millis): void;
  /** Backends to ask how they are, now that an attempt was sent; each answer comes to `probed`, later or never. */
  probes?(now: Millis): readonly BackendIndex[];
  probed?(backend: BackendIndex, answer: ProbeAnswer, now: Millis): void;
}

/** What a backend says of itself. */
export interface ProbeAnswer {
  readonly inFlight: number;
  /** Typical of its latest answers. */
  readonly latencyMs: Millis;
}

export interface AlgorithmEnvironment {
  readonly rng: Rng;
  /** Number of backends, eligible or not: indices are below it. */
  readonly size: number;
  /** What the hashes without a key in their name go by (`hash-key.ts`); client-address when it is left out. */
  readonly hashKey?: string;
}

/** A file of the user's own where the name of an algorithm is expected. */
export const ALGORITHM_FILE = /\.m?[jt]s$/;

/** An algorithm broke its contract; `message` says how. */
export class AlgorithmError extends Error {
  override name = "AlgorithmError";
}

/** One file in `algorithms/` exports one of these as `algorithm`; a user's own file does the same. */
export interface AlgorithmDefinition {
  readonly name: string;
  /** One sentence for `evenkeel list` and the docs table. */
  readonly summary: string;
  /** Paper, RFC or source where the rule is from. */
  readonly reference: string;
  /** `by-key`: same key, same backend. `by-load`: looks at in-flight or latency. `static`: looks at neither. */
  readonly family: "static" | "by-load" | "by-key";
  /** True when the long-run share of requests follows the weights. */
  readonly weighted: boolean;
  /**
   * Name of a session cookie that the engine keeps: an answer sets it to the backend that gave it (`session-cookie.ts`), and the
   * client brings it back in `request.header("cookie")`.
   */
  readonly cookie?: string;
  create(environment: AlgorithmEnvironment): Algorithm;
}
