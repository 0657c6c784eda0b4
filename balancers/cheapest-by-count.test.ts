import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { chiSquareP } from "#kernel/statistics.ts";
import { cheapestByCount } from "./cheapest-by-count.ts";
import { expectedDelay, expectedDelayUnlessIdle, inFlightPerWeight } from "./loads/in-flight.ts";
import { requestOf } from "./testing/bench.ts";

const SIZE = 5;
const LOADS = { inFlightPerWeight, expectedDelay, expectedDelayUnlessIdle } as const;
const loadName = fc.constantFrom(...(Object.keys(LOADS) as (keyof typeof LOADS)[]));
/** Few of them, so that costs of different backends coincide; a third is inexact. */
const weightOf = fc.constantFrom(1, 2, 3, 0.5, 1 / 3);
const step = fc.tuple(
  fc.constantFrom("toggle" as const, "send" as const, "send" as const, "finish" as const),
  fc.nat(SIZE - 1),
  weightOf,
  fc.subarray(Array.from({ length: SIZE }, (_, backend) => backend)),
);
const history = fc.array(step, { maxLength: 80, size: "max" });

/** The algorithm beside a pool that is kept by hand; a backend that comes back has a new weight. */
function rigOf(name: keyof typeof LOADS, seed: number, weights: readonly number[]) {
  const load = LOADS[name];
  const algorithm = cheapestByCount(load, { rng: createRng(seed), size: SIZE });
  const inflight = new Int32Array(SIZE);
  const weight = Float64Array.from(weights);
  let eligible = weights.map((_, backend) => backend);
  for (const backend of eligible) algorithm.joined?.(backend, 0);

  /** Those that a scan of the offered would choose from. */
  const cheapest = (offered: readonly number[]): readonly number[] => {
    const costs = offered.map((backend) => load.cost(backend, { eligible: offered, inflight, weight }, 0));
    return offered.filter((_, at) => costs[at] === Math.min(...costs));
  };
  const offeredOf = (tried: readonly number[]): readonly number[] => {
    const left = eligible.filter((backend) => !tried.includes(backend));
    return left.length > 0 ? left : eligible;
  };
  return {
    cheapest: () => cheapest(eligible),
    pick: () => algorithm.pick(requestOf(0), { eligible, inflight, weight }, 0),
    send(tried: readonly number[]) {
      const offered = offeredOf(tried);
      const backend = algorithm.pick(requestOf(0), { eligible: offered, inflight, weight }, 0);
      assert.ok(
        cheapest(offered).includes(backend),
        `${backend} is not the cheapest of ${offered.join(", ")}`,
      );
      inflight[backend]! += 1;
      algorithm.started?.(backend, 0);
    },
    finish(backend: number) {
      if (inflight[backend] === 0) return;
      inflight[backend]! -= 1;
      algorithm.finished?.({ backend, latencyMs: 1, ok: true }, 0);
    },
    toggle(backend: number, heavier: number) {
      if (!eligible.includes(backend)) {
        weight[backend] = heavier;
        eligible = [...eligible, backend].sort((a, b) => a - b);
        algorithm.joined?.(backend, 0);
      } else if (eligible.length > 1) {
        eligible = eligible.filter((other) => other !== backend);
        algorithm.left?.(backend, 0);
      }
    },
  };
}

function play(
  rig: ReturnType<typeof rigOf>,
  steps: readonly (readonly ["toggle" | "send" | "finish", number, number, readonly number[]])[],
) {
  for (const [what, backend, weight, tried] of steps) {
    if (what === "toggle") rig.toggle(backend, weight);
    else if (what === "send") rig.send(tried);
    else rig.finish(backend);
  }
}

test("every pick is one that a scan would make, and every one that a scan could make is made", () => {
  fc.assert(
    fc.property(
      loadName,
      history,
      fc.integer(),
      fc.array(weightOf, { minLength: SIZE, maxLength: SIZE }),
      (name, steps, seed, weights) => {
        const rig = rigOf(name, seed, weights);
        play(rig, steps);
        const drawn = new Set(Array.from({ length: 150 }, () => rig.pick()));
        assert.deepEqual([...drawn].sort(), rig.cheapest());
      },
    ),
    { numRuns: 300 },
  );
});

test("ties of different weights are broken uniformly after members were moved around", () => {
  const rig = rigOf("inFlightPerWeight", 1, [1, 2, 3, 1 / 3, 1]);
  play(rig, [
    ...Array.from({ length: 22 }, () => ["send", 0, 1, []] as const),
    ["toggle", 1, 1, []],
    ["toggle", 1, 2, []],
  ]);
  // 22 requests on weights that add up to 7 1/3: three for each unit of weight, so all five are alike.
  assert.deepEqual(rig.cheapest(), [0, 1, 2, 3, 4]);
  const counts = new Array<number>(SIZE).fill(0);
  for (let draw = 0; draw < 20_000; draw++) counts[rig.pick()]! += 1;
  const p = chiSquareP(counts, new Array<number>(SIZE).fill(4_000));
  assert.ok(p > 1e-4, `p = ${p}: ${counts.join(" ")}`);
});
