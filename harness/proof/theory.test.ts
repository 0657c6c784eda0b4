import assert from "node:assert/strict";
import { test } from "node:test";
import {
  centralQueueTime,
  exponentialQuantile,
  generalServiceTime,
  ringDeviation,
  roundRobinTime,
  singleQueueTime,
  stallMean,
  stallQuantile,
  supermarketTime,
} from "./theory.ts";

const near = (value: number, published: number, within = 1e-3): void =>
  assert.ok(Math.abs(value - published) <= within, `${value}, published ${published}`);

test("single queues have the published means and percentiles", () => {
  near(singleQueueTime(0.7), 3.333);
  near(exponentialQuantile(singleQueueTime(0.9), 0.99), 46.05, 0.01);
  near(generalServiceTime(0.8, 0), 3);
  near(generalServiceTime(0.8, 4), 11);
  near(generalServiceTime(0.8, 10), 23);
  near(generalServiceTime(0.6, 1), singleQueueTime(0.6));
});

test("one central queue has the published means", () => {
  for (const [servers, load, time] of [
    [2, 0.8, 2.778],
    [4, 0.8, 1.745],
    [8, 0.8, 1.286],
    [16, 0.8, 1.095],
    [100, 0.8, 1.001],
    [4, 0.9, 2.969],
    [8, 0.9, 1.877],
  ] as const)
    near(centralQueueTime(servers, load), time);
  near(centralQueueTime(1, 0.7), singleQueueTime(0.7));
});

test("round robin has the published means", () => {
  for (const [backends, load, time] of [
    [8, 0.5, 1.3424],
    [8, 0.7, 2.0558],
    [8, 0.8, 2.9797],
    [8, 0.9, 5.7807],
    [10, 0.8, 2.9223],
  ] as const)
    near(roundRobinTime(backends, load), time, 1e-4);
  near(roundRobinTime(1, 0.7), singleQueueTime(0.7));
});

test("the supermarket model has the published means", () => {
  for (const [choices, load, time] of [
    [1, 0.9, 10],
    [2, 0.5, 1.2657],
    [2, 0.9, 2.6141],
    [2, 0.99, 5.432],
    [3, 0.9, 2.0279],
    [5, 0.95, 1.9888],
  ] as const)
    near(supermarketTime(choices, load), time, 1e-4);
});

test("a stall shows as published, and as wrk2 measured it", () => {
  const second = { stallMs: 1_000, durationMs: 20_000, baseMs: 2, load: 0.1 };
  near(stallQuantile(second, 0.99), 822);
  near(stallQuantile(second, 0.999), 984);
  near(stallQuantile(second, 0.5), 2);
  near(stallMean(second), 29.8, 0.03);
  const wrk2 = { stallMs: 1_420, durationMs: 19_750, baseMs: 7, load: 0.1 };
  near(stallMean(wrk2), 63.7, 0.06);
});

test("a ring of few points is uneven as published", () => {
  near(ringDeviation(10, 16), 0.233, 0.01);
  near(ringDeviation(10, 160), 0.073, 0.003);
});
