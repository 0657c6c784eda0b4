import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecentLatency } from "./recent-latency.ts";

test("the median is of the latest sixteen answers of the last five seconds, and nothing without any", () => {
  const recent = createRecentLatency();
  assert.equal(recent.median(0), 0);
  for (let k = 0; k < 30; k++) recent.add(1_000, 0);
  for (let k = 1; k <= 16; k++) recent.add(k, 1_000);
  assert.equal(recent.median(1_000), 9);
  recent.add(50, 4_000);
  assert.equal(recent.median(6_000), 50);
  assert.equal(recent.median(9_000), 0);
});
