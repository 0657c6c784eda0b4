import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecentLatency } from "./recent-latency.ts";

test("the median is of the latest answers to requests that found about as many others, and nothing without any", () => {
  const recent = createRecentLatency();
  assert.equal(recent.median(0, 0), 0);
  for (let k = 0; k < 20; k++) recent.add(10, 0, 100);
  for (let k = 0; k < 20; k++) recent.add(60, 5, 100);
  assert.equal(recent.median(0, 100), 10);
  assert.equal(recent.median(4, 100), 60);
  for (let k = 0; k < 16; k++) recent.add(30, 0, 2_000);
  assert.equal(recent.median(0, 2_000), 30);
  assert.equal(recent.median(0, 1_999), 10, "what has not been answered yet is not known");
  assert.equal(recent.median(0, 7_000), 0, "what is five seconds old is forgotten");
});
