import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { type Batches, createBatches } from "./batches.ts";
import { bootstrapIntervals } from "./intervals.ts";
import { singleQueue } from "./test-rows.ts";

const SERVICE_US = 10_000;

/** Four M/M/1 queues, as random routing makes them. */
function window(
  seed: number,
  load: number,
  services: number,
): { readonly batches: Batches; readonly durationUs: number } {
  const durationUs = services * SERVICE_US;
  const batches = createBatches(durationUs);
  for (let queue = 0; queue < 4; queue++) {
    const rng = createRng(seed).fork(queue);
    const rows = singleQueue(() => rng.next(), {
      load,
      meanServiceUs: SERVICE_US,
      durationUs,
      warmupUs: 200 * SERVICE_US,
    });
    for (const row of rows) batches.record(row.dueUs, row.endedUs - row.dueUs, "ok");
  }
  return { batches, durationUs };
}

describe("intervals of one trial", () => {
  it("hold the true values of M/M/1 about 95 % of the time", () => {
    const load = 0.5;
    const repetitions = 200;
    const truth = {
      mean: SERVICE_US / 1_000 / (1 - load),
      p50: (-Math.log(0.5) * SERVICE_US) / 1_000 / (1 - load),
      p90: (-Math.log(0.1) * SERVICE_US) / 1_000 / (1 - load),
      achievedRate: (4 * load * 1e6) / SERVICE_US,
    };
    const held = { mean: 0, p50: 0, p90: 0, achievedRate: 0 };
    for (let seed = 0; seed < repetitions; seed++) {
      const { batches, durationUs } = window(seed, load, 1_000);
      const intervals = bootstrapIntervals(batches, durationUs, createRng(seed));
      for (const name of Object.keys(held) as (keyof typeof held)[]) {
        const [low, high] = intervals[name] ?? assert.fail(`no interval of ${name}`);
        if (low <= truth[name] && truth[name] <= high) held[name] += 1;
      }
    }
    // 200 repetitions of 95 % have a standard error of 1.5 %.
    for (const [name, count] of Object.entries(held)) {
      const share = count / repetitions;
      assert.ok(share >= 0.9 && share <= 0.995, `${name} held in ${(share * 100).toFixed(1)} %`);
    }
  });

  it("are the same for the same seed and lie around the estimate", () => {
    const { batches, durationUs } = window(7, 0.6, 1_000);
    const intervals = bootstrapIntervals(batches, durationUs, createRng(1));
    assert.deepEqual(bootstrapIntervals(batches, durationUs, createRng(1)), intervals);
    const count = batches.ok.reduce((sum, value) => sum + value, 0);
    const mean = batches.okUs.reduce((sum, value) => sum + value, 0) / count / 1_000;
    const [low, high] = intervals.mean ?? assert.fail("no interval");
    assert.ok(low < mean && mean < high);
  });

  it("of a percentile are null with fewer than 100 requests beyond it, and when failures may reach it", () => {
    const { batches, durationUs } = window(3, 0.5, 800);
    const few = bootstrapIntervals(batches, durationUs, createRng(1));
    assert.ok(few.p90 !== null);
    assert.equal(few.p99, null);
    // About 9 % failed, in one place: a resample that draws it twice does not reach its p90.
    for (let failure = 0; failure < 160; failure++) batches.record(durationUs / 2, 0, "other");
    const failing = bootstrapIntervals(batches, durationUs, createRng(1));
    assert.equal(failing.p90, null);
    assert.ok(failing.p50 !== null);
  });

  it("are narrow for many requests of a known distribution", () => {
    const batches = createBatches(1e6);
    for (let k = 0; k < 200_000; k++) batches.record(k * 5, 1 + ((k * 7_919) % 1_000_003), "ok");
    const intervals = bootstrapIntervals(batches, 1e6, createRng(1));
    assert.ok(
      intervals.p99 !== null && Math.abs(intervals.p99[0] - 990) < 5 && Math.abs(intervals.p99[1] - 990) < 5,
    );
  });
});
