import { performance } from "node:perf_hooks";
import { createRng } from "#kernel/rng.ts";
import type { AlgorithmDefinition, Pool, RequestView } from "../../balancers/algorithm.ts";
import { algorithms } from "../../balancers/algorithms/registry.ts";

export const PICK_SIZES: readonly number[] = [10, 100, 1_000, 10_000];

const WARMUP_MS = 25;
const ROUND_MS = 15;
/** The fastest counts: another process on the core only ever adds. */
const ROUNDS = 3;
/** Requests between two looks at the clock. */
const BATCH = 64;
const CLIENTS = 4_096;

/** Nanoseconds of one request in an algorithm, for each of PICK_SIZES. */
export interface PickCost {
  readonly name: string;
  readonly ns: readonly number[];
}

/** What a decision costs: the pick and what the algorithm keeps up to date when the request starts and ends. In all about 10 s. */
export function benchPicks(): readonly PickCost[] {
  const requests = Array.from({ length: CLIENTS }, (_, k): RequestView => {
    return { clientAddress: `10.1.${k >>> 8}.${k & 255}`, path: `/item/${k}`, header: () => undefined };
  });
  return algorithms.map((definition) => ({
    name: definition.name,
    ns: PICK_SIZES.map((size) => nsPerRequest(definition, size, requests)),
  }));
}

/** As many requests in flight as backends, oldest first out; weights 1, 2, 3. */
function nsPerRequest(
  definition: AlgorithmDefinition,
  size: number,
  requests: readonly RequestView[],
): number {
  const algorithm = definition.create({ rng: createRng(1), size });
  const eligible = Array.from({ length: size }, (_, backend) => backend);
  const weight = Float64Array.from(eligible, (backend) => (backend % 3) + 1);
  const pool: Pool = { eligible, weight, inflight: new Int32Array(size) };
  for (const backend of eligible) algorithm.joined?.(backend, 0);
  const open = new Int32Array(size).fill(-1);
  let sent = 0;

  const play = (ms: number): number => {
    const before = sent;
    const from = performance.now();
    let spent = 0;
    while (spent < ms) {
      for (let k = 0; k < BATCH; k++, sent++) {
        const now = sent / size;
        const slot = sent % size;
        const ended = open[slot]!;
        if (ended !== -1) {
          pool.inflight[ended]! -= 1;
          algorithm.finished?.({ backend: ended, latencyMs: 1, ok: true }, now);
        }
        const backend = algorithm.pick(requests[sent % CLIENTS]!, pool, now);
        pool.inflight[backend]! += 1;
        algorithm.started?.(backend, now);
        for (const asked of algorithm.probes?.(now) ?? [])
          algorithm.probed?.(asked, { inFlight: pool.inflight[asked]!, latencyMs: 1 }, now);
        open[slot] = backend;
      }
      spent = performance.now() - from;
    }
    return (spent * 1e6) / (sent - before);
  };
  play(WARMUP_MS);
  return Math.min(...Array.from({ length: ROUNDS }, () => play(ROUND_MS)));
}
