import type { Millis } from "#kernel/units.ts";
import type { Load } from "../load.ts";

/** Time constant of the decay (Finagle, Linkerd); has to be far above the service time. */
const TAU_MS: Millis = 10_000;
/** What a backend without history is taken for (Linkerd). */
const DEFAULT_RTT_MS: Millis = 30;
/** A failure counts as a response at least this slow (Linkerd's load biaser), or the black hole wins by answering fast. */
const FAILURE_PENALTY_MS: Millis = 5_000;
/** An idle estimate stops here, so that in-flight requests still tell backends apart. */
const FLOOR_MS: Millis = 0.001;

/**
 * Estimated latency x (in-flight + 1). The estimate rises to a slower response at once and otherwise decays with TAU_MS.
 * Finagle, PeakEwma.scala; a failure costs the penalty or the slowest response seen, whichever is more.
 */
export function createPeakEwma(size: number): Load {
  const estimate = new Float64Array(size).fill(DEFAULT_RTT_MS);
  const updatedAt = new Float64Array(size);
  let slowest = FAILURE_PENALTY_MS;

  const remaining = (backend: number, now: Millis) =>
    Math.exp(-Math.max(now - updatedAt[backend]!, 0) / TAU_MS);

  return {
    cost: (backend, pool, now) =>
      Math.max(estimate[backend]! * remaining(backend, now), FLOOR_MS) * (pool.inflight[backend]! + 1),
    joined(backend, now) {
      estimate[backend] = DEFAULT_RTT_MS;
      updatedAt[backend] = now;
    },
    finished({ backend, latencyMs, ok }, now) {
      slowest = Math.max(slowest, latencyMs);
      const observed = ok ? latencyMs : slowest;
      const weight = remaining(backend, now);
      const decayed = estimate[backend]! * weight;
      estimate[backend] = observed > decayed ? observed : decayed + observed * (1 - weight);
      updatedAt[backend] = now;
    },
  };
}
