import { z } from "zod";
import type { Rng } from "#kernel/rng.ts";
import { type Millis, positiveDuration, share } from "#kernel/units.ts";
import type { Algorithm, AlgorithmDefinition, BackendIndex, Pool, RequestView } from "../algorithm.ts";
import type { OverlayDefinition } from "../overlay.ts";

const schema = z.strictObject({
  window: positiveDuration
    .default(10_000)
    .describe("time until a backend that came back gets all of its share"),
  aggression: z
    .number()
    .positive()
    .default(1)
    .describe("share of its share at time t: (t / window) ^ (1 / aggression); 1 is linear"),
  minWeight: share.default(0.1).describe("it begins with this share of its share"),
});
export type SlowStartRule = z.output<typeof schema>;

export const overlay = {
  name: "slow-start",
  summary:
    "a backend that came back gets a growing part of its share, and by load no more than that part in flight",
  reference: "Envoy, slow start mode; HAProxy, slowstart",
  stage: "weight",
  schema,
} as const satisfies OverlayDefinition;

/** Who is warming up, and a choice that spares them. Backends that are there from the start are warm. */
export interface SlowStart {
  /** The healthy backends from now on; who was not among them begins to warm up. */
  admit(admitted: readonly BackendIndex[], now: Millis): void;
  /** The algorithm's pick, or another one in place of a backend that warms up. */
  pick(algorithm: Algorithm, request: RequestView, pool: Pool, now: Millis): BackendIndex;
}

/** A request whose picks were turned down so often goes where the next pick says. */
const MOST_REFUSALS = 5;

/**
 * A pick of a backend that warms up is kept with the probability of its factor, otherwise the algorithm chooses again among the others: its
 * share is the factor times its full share, or a little more where turns come sooner for it. Weights stay what they are, because tables, rings and heaps are built on them. An empty backend is what
 * every choice by load wants, so there its factor also bounds what it has in flight: the factor times its fair part of all that is in flight.
 */
export function createSlowStart(
  rule: SlowStartRule,
  size: number,
  { family, weighted }: Pick<AlgorithmDefinition, "family" | "weighted">,
  rng: Rng,
): SlowStart {
  /** When it began to warm up; NaN when it is warm. */
  const since = new Float64Array(size).fill(Number.NaN);
  const wasAdmitted = new Uint8Array(size);
  let warming = 0;
  let isFirst = true;

  const factorOf = (backend: BackendIndex, now: Millis): number => {
    const begun = since[backend]!;
    return Number.isNaN(begun) ? 1 : warmUpFactor(rule, now - begun);
  };
  const warm = (backend: BackendIndex): void => {
    if (!Number.isNaN(since[backend]!)) warming -= 1;
    since[backend] = Number.NaN;
  };
  /** When all warm up at once nobody is spared: what counts is the factor beside the others'. */
  const relativeFactor = (factor: number, { eligible }: Pool, now: Millis): number => {
    if (warming < eligible.length) return factor;
    const highest = eligible.reduce((most, other) => Math.max(most, factorOf(other, now)), 0);
    return factor / highest;
  };
  const fairInFlight = (backend: BackendIndex, { eligible, inflight, weight }: Pool): number => {
    const weightOf = (other: BackendIndex): number => (weighted ? weight[other]! : 1);
    const total = eligible.reduce((sum, other) => sum + inflight[other]!, 0);
    return (total * weightOf(backend)) / eligible.reduce((sum, other) => sum + weightOf(other), 0);
  };
  const accepts = (backend: BackendIndex, pool: Pool, now: Millis): boolean => {
    if (Number.isNaN(since[backend]!)) return true;
    const factor = factorOf(backend, now);
    if (factor >= 1) {
      warm(backend);
      return true;
    }
    const relative = relativeFactor(factor, pool, now);
    if (relative >= 1) return true;
    if (
      family === "by-load" &&
      pool.inflight[backend]! >= Math.max(1, relative * fairInFlight(backend, pool))
    )
      return false;
    return rng.next() < relative;
  };

  return {
    admit(admitted, now) {
      const isAdmitted = new Uint8Array(size);
      for (const backend of admitted) isAdmitted[backend] = 1;
      for (let backend = 0; backend < size; backend++) {
        if (isAdmitted[backend] === wasAdmitted[backend]) continue;
        warm(backend);
        if (isAdmitted[backend] === 1 && !isFirst) {
          since[backend] = now;
          warming += 1;
        }
      }
      wasAdmitted.set(isAdmitted);
      isFirst = false;
    },
    pick(algorithm, request, pool, now) {
      let backend = algorithm.pick(request, pool, now);
      if (warming === 0) return backend;
      let left = pool.eligible;
      for (let refused = 0; refused < MOST_REFUSALS; refused++) {
        if (left.length === 1 || accepts(backend, pool, now)) return backend;
        const spared = backend;
        left = left.filter((other) => other !== spared);
        backend = algorithm.pick(request, { ...pool, eligible: left }, now);
      }
      return backend;
    },
  };
}

/** Share of its full share that a backend gets `elapsed` ms after it came back, in (0, 1]. */
export function warmUpFactor({ window, aggression, minWeight }: SlowStartRule, elapsed: Millis): number {
  if (elapsed >= window) return 1;
  return Math.max(minWeight, (Math.max(0, elapsed) / window) ** (1 / aggression), Number.EPSILON);
}
