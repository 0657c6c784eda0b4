/** What overlays that look at tiers and shares make of backends that are added and removed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOf, pipelineOf } from "../testing/overlaid.ts";

test("a tier whose backends are removed is no tier: its load goes to the next, and comes back with them", () => {
  const { dispatcher } = pipelineOf("round-robin+priority", 4, { priorities: [0, 0, 1, 1] });
  assert.deepEqual(countsOf(dispatcher, 4, 100, 0), [50, 50, 0, 0]);
  dispatcher.remove(0, 1);
  assert.deepEqual(
    countsOf(dispatcher, 4, 100, 1),
    [0, 100, 0, 0],
    "one that is there is the whole of its tier",
  );
  dispatcher.remove(1, 2);
  assert.deepEqual(countsOf(dispatcher, 4, 100, 2), [0, 0, 50, 50]);
  dispatcher.add(0, 3);
  assert.deepEqual(countsOf(dispatcher, 4, 100, 3), [100, 0, 0, 0]);
});

test("a tier lacks what fails its checks, not what was removed", () => {
  const shareOfSecond = (change: "leave" | "remove"): number => {
    const { dispatcher } = pipelineOf("random+priority", 4, { priorities: [0, 0, 1, 1] });
    dispatcher[change](0, 0);
    const counts = countsOf(dispatcher, 4, 2_000, 1);
    return (counts[2]! + counts[3]!) / 2_000;
  };
  // Half of the tier times 1.4 is 0.7 of what is sent.
  assert.ok(Math.abs(shareOfSecond("leave") - 0.3) < 0.04);
  assert.equal(shareOfSecond("remove"), 0);
});

test("a panic counts those that are there, and sends nothing to one that was removed", () => {
  const { dispatcher } = pipelineOf("round-robin+panic-threshold", 6);
  for (const backend of [0, 1, 2, 3]) dispatcher.leave(backend, 0);
  assert.deepEqual(dispatcher.pool.eligible, [0, 1, 2, 3, 4, 5], "two of six: panic");
  for (const backend of [0, 1]) dispatcher.remove(backend, 1);
  assert.deepEqual(dispatcher.pool.eligible, [4, 5], "two of four are half, and no panic");
  dispatcher.remove(5, 2);
  assert.deepEqual(dispatcher.pool.eligible, [2, 3, 4], "one of three: panic among those that are there");
  dispatcher.add(0, 3);
  assert.deepEqual(
    dispatcher.pool.eligible,
    [0, 2, 3, 4],
    "one that comes back without passing its checks is used in a panic only",
  );
});

test("slow start begins with one that is added again", () => {
  const { dispatcher } = pipelineOf("round-robin+slow-start", 2, {
    settings: { "slow-start": { window: 10_000, aggression: 1, minWeight: 0.1 } },
  });
  countsOf(dispatcher, 2, 10, 0);
  dispatcher.remove(0, 1_000);
  assert.deepEqual(countsOf(dispatcher, 2, 10, 2_000), [0, 10]);
  dispatcher.add(0, 100_000);
  const [cold, warm] = countsOf(dispatcher, 2, 1_000, 101_000) as [number, number];
  assert.ok(cold < warm / 3, `${cold} against ${warm} after a tenth of its window`);
  const [again] = countsOf(dispatcher, 2, 1_000, 120_000) as [number];
  assert.equal(again, 500);
});
