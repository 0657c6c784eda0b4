/** How often trials of a known load are called unstable: the simulator plays them, as it would for a record without a plan. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { capacityOf } from "../../scenarios/capacity.ts";
import { scenarioOf } from "../simulation/sketch.ts";
import { playAll } from "../simulation/testkit.ts";
import { busiestOf } from "./busiest.ts";
import { createDistiller } from "./distil.ts";
import { measureGrowth } from "./growth.ts";

const BACKENDS = 4;

function isUnstable(algorithm: string, load: number, seconds: number, seed: number): boolean {
  const durationMs = seconds * 1_000;
  const scenario = scenarioOf({
    backends: { count: BACKENDS, service: { type: "exponential", mean: "20ms" } },
    traffic: { arrivals: { load }, warmup: "2s", duration: `${seconds}s` },
  });
  const attempts = new Uint32Array(BACKENDS + 1);
  const backends = capacityOf(scenario).backends.map(({ id, slots }) => ({
    id,
    slots,
    counts: {
      get attempts() {
        return attempts[id]!;
      },
      completed: 0,
    },
  }));
  const distiller = createDistiller({
    durationMs,
    timeoutMs: scenario.traffic.timeout,
    seed,
    backends,
    requests: ["home"],
    mix: null,
  });
  playAll(scenario, algorithm, seed, distiller.visit, {
    attempt(backend, _atMs, reached, k) {
      if (reached && k >= 0) attempts[backend]! += 1;
    },
  });
  const { batches, backends: measured } = distiller.finish();
  const input = { batches, durationMs, planned: false, measurable: true, busiest: busiestOf(measured) };
  return measureGrowth(input).unstable;
}

function shareUnstable(load: number, seconds: number, seeds: number): number {
  const plays = ["random", "round-robin"].flatMap((algorithm) =>
    Array.from({ length: seeds }, (_, seed) => isUnstable(algorithm, load, seconds, seed)),
  );
  return plays.filter((unstable) => unstable).length / plays.length;
}

test("hardly a trial below its capacity is called unstable, however short", () => {
  for (const [load, seconds, seeds, most] of [
    [0.5, 3, 60, 0],
    [0.8, 3, 60, 0.025],
    [0.8, 10, 60, 0.01],
    [0.9, 10, 60, 0.025],
    [0.9, 60, 10, 0],
  ] as const) {
    const share = shareUnstable(load, seconds, seeds);
    assert.ok(share <= most, `load ${load}, ${seconds} s: ${share}`);
  }
});

test("nearly every trial above it is, from ten seconds on, also when its queue has reached the patience of all", () => {
  for (const [load, seconds, seeds, least] of [
    [1.2, 10, 30, 0.9],
    [1.1, 60, 6, 1],
    [1.3, 60, 6, 1],
  ] as const) {
    const share = shareUnstable(load, seconds, seeds);
    assert.ok(share >= least, `load ${load}, ${seconds} s: ${share}`);
  }
});
