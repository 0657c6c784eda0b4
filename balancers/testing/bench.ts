import { createRng } from "#kernel/rng.ts";
import type { AlgorithmDefinition, BackendIndex, RequestView } from "../algorithm.ts";

/** A request of the client `k`; every client has its own address and asks for its own path. */
export function requestOf(k: number): RequestView {
  return { clientAddress: `127.${(k >>> 8) & 255}.${k & 255}.1`, path: `/${k}`, header: () => undefined };
}

/** An algorithm with a pool around it that a test moves by hand, under the rules of the contract. */
export interface Bench {
  readonly eligible: readonly BackendIndex[];
  readonly inflight: Int32Array;
  /** Picks for client `k` among the eligible that are not excluded, and starts the request; throws when the pick is not one of them. */
  send(k: number, excluded?: readonly BackendIndex[]): BackendIndex;
  /** Starts `count` requests at the backend without a pick. */
  hold(backend: BackendIndex, count: number): void;
  finish(backend: BackendIndex, latencyMs: number, ok: boolean): void;
  /** The backend leaves when it was eligible, joins when it was not; no effect on the last one. */
  toggle(backend: BackendIndex): void;
  advance(ms: number): void;
}

export function createBench(
  definition: AlgorithmDefinition,
  weights: readonly number[],
  seed: number,
): Bench {
  const size = weights.length;
  const algorithm = definition.create({ rng: createRng(seed), size });
  const weight = Float64Array.from(weights);
  const inflight = new Int32Array(size);
  let eligible: readonly BackendIndex[] = weights.map((_, backend) => backend);
  let now = 0;
  const latencyMs = new Float64Array(size);
  for (const backend of eligible) algorithm.joined?.(backend, now);
  // A probe is answered at once.
  const probe = (): void => {
    for (const backend of algorithm.probes?.(now) ?? [])
      algorithm.probed?.(backend, { inFlight: inflight[backend]!, latencyMs: latencyMs[backend]! }, now);
  };

  return {
    get eligible() {
      return eligible;
    },
    inflight,
    send(k, excluded = []) {
      const left = Object.freeze(eligible.filter((backend) => !excluded.includes(backend)));
      const offered = left.length > 0 ? left : eligible;
      const before = [...inflight, ...weight];
      const backend = algorithm.pick(requestOf(k), { eligible: offered, weight, inflight }, now);
      if (!offered.includes(backend)) throw new Error(`picked ${backend} of ${offered.join(", ")}`);
      if ([...inflight, ...weight].some((value, at) => value !== before[at]))
        throw new Error("the pool was changed");
      inflight[backend]! += 1;
      algorithm.started?.(backend, now);
      probe();
      return backend;
    },
    hold(backend, count) {
      for (let k = 0; k < count; k++) {
        inflight[backend]! += 1;
        algorithm.started?.(backend, now);
      }
    },
    finish(backend, latency, ok) {
      inflight[backend]! -= 1;
      latencyMs[backend] = latency;
      algorithm.finished?.({ backend, latencyMs: latency, ok }, now);
    },
    toggle(backend) {
      if (!eligible.includes(backend)) {
        eligible = [...eligible, backend].sort((a, b) => a - b);
        algorithm.joined?.(backend, now);
      } else if (eligible.length > 1) {
        eligible = eligible.filter((other) => other !== backend);
        algorithm.left?.(backend, now);
      }
    },
    advance(ms) {
      now += ms;
    },
  };
}
