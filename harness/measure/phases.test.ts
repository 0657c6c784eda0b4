import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAttemptsByPhase } from "./attempts-by-phase.ts";
import { createPhases } from "./phases.ts";
import { row } from "./test-rows.ts";
import { createTimeline } from "./timeline.ts";

/** Backends 1 and 2 fail at overlapping times, then one of them again. */
const FAULTS = [
  { at: 2_000, for: 1_000 },
  { at: 2_500, for: 1_500 },
  { at: 6_000, for: 1_000 },
];
const timeline = createTimeline(FAULTS, 10_000);

describe("the timeline of several faults", () => {
  it("is before the first, during any, between two, and after the last", () => {
    const at = [0, 1_999, 2_000, 3_500, 3_999, 4_000, 5_999, 6_999, 7_000];
    assert.deepEqual(
      at.map((ms) => timeline.phaseAt(ms)),
      ["before", "before", "during", "during", "during", "between", "between", "during", "after"],
    );
  });

  it("has phases that fill the window, the overlap counted once", () => {
    const seconds = (["before", "during", "between", "after"] as const).map(timeline.secondsOf);
    assert.deepEqual(seconds, [2, 3, 2, 3]);
  });

  it("ends with the window when a fault lasts longer, and has no before when one begins at once", () => {
    const long = createTimeline([{ at: 0, for: 20_000 }], 10_000);
    assert.deepEqual(
      [long.secondsOf("before"), long.secondsOf("during"), long.secondsOf("after")],
      [0, 10, 0],
    );
  });

  it("knows the first fault that began while a request was under way", () => {
    assert.equal(timeline.onsetWithin(1_900, 2_600), 2_000);
    assert.equal(timeline.onsetWithin(2_000, 2_400), null, "due when it began");
    assert.equal(timeline.onsetWithin(7_000, 9_000), null);
  });
});

describe("phases", () => {
  const objective = { availability: 0.9, latencyMs: 50 };
  /** One request each: due, latency in ms, and whether it failed. */
  function phasesOf(requests: readonly (readonly [due: number, latency: number, failed?: boolean])[]) {
    const builder = createPhases(timeline, objective);
    for (const [k, [due, latency, failed]] of requests.entries()) {
      const times = { k, dueUs: due * 1_000, endedUs: (due + latency) * 1_000 };
      builder.visit(row({ ...times, outcome: failed ? "connectionError" : "ok" }));
    }
    return builder.finish(null);
  }

  it("count requests, failures and good answers by hand", () => {
    const { phases, budgetBurnt } = phasesOf([
      [100, 10],
      [200, 60],
      [2_100, 40],
      [2_200, 40, true],
      [5_000, 10],
      [8_000, 50],
      [9_000, 51],
    ]);
    const counts = Object.values(phases).map(({ requests, failed }) => [requests, failed]);
    assert.deepEqual(counts, [
      [2, 0],
      [2, 1],
      [1, 0],
      [2, 0],
    ]);
    assert.deepEqual(
      Object.values(phases).map(({ goodput }) => goodput),
      [1 / 2, 1 / 3, 1 / 2, 1 / 3],
      "exactly on the objective is good",
    );
    assert.equal(phases.during.errorRate, 0.5);
    assert.equal(phases.before.latencyMs.mean, 35);
    // Ten percent of seven requests may fail.
    assert.ok(Math.abs((budgetBurnt ?? 0) - 1 / 0.7) < 1e-9);
    assert.equal(phases.during.budgetBurnt, budgetBurnt);
  });

  it("give the fault what was under way when it began", () => {
    const { phases } = phasesOf([
      [1_990, 15, true],
      [1_995, 4],
      [1_996, 900],
    ]);
    assert.deepEqual([phases.before.requests, phases.before.failed], [1, 0]);
    assert.deepEqual([phases.during.requests, phases.during.failed], [2, 1]);
    assert.equal(phases.before.latencyMs.max, 4);
  });

  it("have no budget where nothing may fail, and no rates where nothing was due", () => {
    const builder = createPhases(timeline, { availability: 1, latencyMs: 50 });
    const { budgetBurnt, phases } = builder.finish(null);
    assert.equal(budgetBurnt, null);
    assert.deepEqual([phases.during.errorRate, phases.during.amplification], [null, null]);
  });

  it("know how many attempts each request took", () => {
    const builder = createPhases(timeline, objective);
    for (const due of [2_100, 2_200, 2_300, 2_400]) builder.visit(row({ k: due, dueUs: due * 1_000 }));
    const attempts = createAttemptsByPhase(timeline, 10_000);
    for (const atMs of [-5, 2_100, 2_200, 2_300, 2_400, 10_001]) attempts.add({ count: 1, retries: 0 }, atMs);
    attempts.add({ count: 2, retries: 2 }, 2_250);
    const { during } = builder.finish(attempts.finish()).phases;
    assert.deepEqual([during.attempts, during.retries, during.amplification], [6, 2, 1.5]);
    attempts.add({ count: 1 }, 2_500);
    assert.equal(attempts.finish().during.retries, null, "one report did not tell");
  });
});
