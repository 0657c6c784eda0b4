import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { createBatches } from "./batches.ts";
import { type Growth, measureGrowth } from "./growth.ts";
import { singleQueue } from "./test-rows.ts";

function growthOf(
  seed: number,
  load: number,
  change: { planned?: boolean; measurable?: boolean; busiest?: number } = {},
): Growth {
  const durationUs = 10_000_000;
  const batches = createBatches(durationUs);
  const rng = createRng(seed);
  for (let queue = 0; queue < 4; queue++) {
    const own = rng.fork(queue);
    const rows = singleQueue(() => own.next(), {
      load,
      meanServiceUs: 20_000,
      durationUs,
      warmupUs: 2_000_000,
    });
    for (const row of rows) batches.record(row.dueUs, row.endedUs - row.dueUs, "ok");
  }
  return measureGrowth({
    batches,
    durationMs: 10_000,
    planned: false,
    measurable: true,
    busiest: null,
    ...change,
  });
}

describe("growth", () => {
  it("is not seen in queues below their capacity", () => {
    for (const load of [0.3, 0.5, 0.7]) {
      const unstable = Array.from({ length: 100 }, (_, seed) => growthOf(seed, load)).filter(
        (growth) => growth.unstable,
      );
      assert.ok(unstable.length <= 1, `load ${load}: ${unstable.length} of 100`);
    }
  });

  it("is seen in queues above it, with the slope that theory gives", () => {
    const growths = Array.from({ length: 40 }, (_, seed) => growthOf(seed, 1.5));
    assert.ok(growths.filter((growth) => growth.unstable).length >= 38);
    const slope = growths.reduce((sum, growth) => sum + growth.latencyMsPerSecond, 0) / growths.length;
    // Work arrives 1.5 times as fast as it is done: every second adds half a second of it.
    assert.ok(Math.abs(slope - 500) < 50, `${slope} ms per second`);
  });

  it("follows the plan, and the plan alone where it cannot be measured", () => {
    assert.equal(growthOf(1, 0.3, { planned: true }).unstable, true);
    assert.equal(growthOf(1, 1.5, { measurable: false }).unstable, false);
  });

  it("is chance where every backend has time left", () => {
    for (const busiest of [0.6, 0.99])
      assert.equal(growthOf(1, 1.5, { busiest }).unstable, false, `${busiest}`);
    assert.equal(growthOf(1, 1.5, { busiest: 1.02 }).unstable, true);
  });

  it("is seen by those that ran out of time where a backend was asked for more than it can do", () => {
    const unstable = (ending: "timeout" | "other", busiest: number | null): boolean => {
      const batches = createBatches(1e6);
      for (let i = 0; i < 100; i++) batches.record(i * 10_000, 1_000, i % 50 === 0 ? ending : "ok");
      return measureGrowth({ batches, durationMs: 1_000, planned: false, measurable: true, busiest })
        .unstable;
    };
    assert.equal(unstable("timeout", 1.1), true);
    assert.equal(unstable("timeout", 0.9), false, "a backend with time left lets nobody wait for good");
    assert.equal(unstable("timeout", null), false);
    assert.equal(unstable("other", 1.1), false, "who is turned away at once lets no queue grow");
  });

  it("of nothing is nothing", () => {
    const batches = createBatches(1e6);
    const growth = measureGrowth({
      batches,
      durationMs: 1_000,
      planned: false,
      measurable: true,
      busiest: null,
    });
    assert.deepEqual(growth, { unstable: false, latencyMsPerSecond: 0 });
  });
});
