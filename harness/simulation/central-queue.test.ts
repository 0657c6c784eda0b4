import assert from "node:assert/strict";
import { test } from "node:test";
import { meanInCentralQueue } from "./central-queue.ts";
import { scenarioOf } from "./sketch.ts";
import { playAll } from "./testkit.ts";

const { signal } = new AbortController();
const exponential = { type: "exponential", mean: "10ms" };

test("one queue for n equal workers is M/M/n (Erlang C)", async () => {
  const scenario = scenarioOf({
    backends: { count: 8, service: exponential },
    traffic: { arrivals: { type: "poisson", load: 0.8 }, duration: "600s" },
  });
  // design/method.md; reference value of M/M/8 at 0.8 in mean service times.
  const mean = (await meanInCentralQueue(scenario, 1, signal)) / 10;
  assert.ok(Math.abs(mean - 1.286) < 0.03, `${mean}`);
});

test("of one backend the central queue is its own", async () => {
  const scenario = scenarioOf({ backends: { count: 1, workers: 3 }, traffic: { duration: "60s" } });
  let sumUs = 0;
  let count = 0;
  playAll(scenario, "random", 5, (row) => {
    sumUs += row.endedUs - row.dueUs;
    count += 1;
  });
  const mean = sumUs / count / 1_000;
  assert.ok(Math.abs((await meanInCentralQueue(scenario, 5, signal)) - mean) < 1e-6 * mean);
});

test("the fastest idle slot is taken first", async () => {
  const scenario = scenarioOf({
    backends: {
      count: 2,
      service: { type: "constant", value: "10ms" },
      override: [{ backend: 2, speed: 2 }],
    },
    traffic: { arrivals: { type: "constant", rate: 10 }, warmup: "0ms" },
  });
  assert.ok(Math.abs((await meanInCentralQueue(scenario, 1, signal)) - 5) < 1e-9);
});
