import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createHistogram } from "#kernel/histogram.ts";
import { createTally } from "./tally.ts";

test("a tally becomes the histogram that the same durations would have been recorded into", () => {
  const duration = fc.oneof(
    fc.double({ min: 0, max: 5_000, noNaN: true }),
    fc.double({ min: 0, max: 2e8, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(duration, { maxLength: 300 }), (durations) => {
      const tally = createTally();
      const histogram = createHistogram();
      for (const us of durations) {
        tally.record(us);
        histogram.record(us);
      }
      const made = tally.histogram();
      assert.equal(made.encode(), histogram.encode());
      assert.deepEqual([made.count, made.max], [histogram.count, histogram.max]);
      assert.equal(tally.count, histogram.count);
      for (let rank = 1; rank <= tally.count; rank++)
        assert.equal(tally.atRank(rank), histogram.atRank(rank), `rank ${rank}`);
    }),
  );
});

test("a tally that was cleared knows nothing of what was before", () => {
  const tally = createTally();
  for (const us of [3, 5_000, 1e9]) tally.record(us);
  tally.clear();
  assert.equal(tally.count, 0);
  assert.throws(() => tally.atRank(1), /rank 1 of 0/);
  tally.record(7);
  assert.deepEqual([tally.count, tally.atRank(1), tally.histogram().max], [1, 7, 7]);
});

test("a duration that is not a number is refused", () => {
  assert.throws(() => createTally().record(Number.NaN), /NaN/);
});
