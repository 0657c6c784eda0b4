import assert from "node:assert/strict";
import { test } from "node:test";
import { overRepeats } from "./repeats.ts";

test("one sample is a sample and no interval", () => {
  assert.deepEqual(overRepeats([5]), { median: 5, interval: null, confidence: null, samples: 1 });
  assert.equal(overRepeats([]), null);
});

test("few samples give lowest to highest with the confidence that they have", () => {
  assert.deepEqual(overRepeats([3, 1, 2]), { median: 2, interval: [1, 3], confidence: 0.75, samples: 3 });
  assert.equal(overRepeats([1, 2, 3, 4, 5, 6])?.confidence, 1 - 2 / 64);
});

test("of many samples as few as 95 % needs are left between the ends", () => {
  const samples = Array.from({ length: 15 }, (_, i) => i + 1);
  const { interval, confidence } = overRepeats(samples) ?? {};
  // 1 - 2 * (1 + 15 + 105 + 455) / 2^15 = 0.9648: the fourth lowest and the fourth highest.
  assert.deepEqual(interval, [4, 12]);
  assert.ok(Math.abs((confidence ?? 0) - (1 - 1152 / 32768)) < 1e-12);
});

test("never is above every number, and the higher of two in the middle is told", () => {
  const never = Number.POSITIVE_INFINITY;
  assert.equal(overRepeats([1, never, never])?.median, never);
  assert.equal(overRepeats([1, 2, 3, 4])?.median, 3);
});
