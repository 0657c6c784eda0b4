import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createPeakEwma } from "./peak-ewma.ts";

const TAU_MS = 10_000;
const DEFAULT_MS = 30;

function poolWith(inflight: number) {
  return { eligible: [0, 1], weight: Float64Array.of(1, 1), inflight: Int32Array.of(inflight, inflight) };
}

/** Estimate of the first backend at `now`, without requests in flight. */
const estimate = (load: ReturnType<typeof createPeakEwma>, now: number, backend = 0) =>
  load.cost(backend, poolWith(0), now);

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * expected, `${actual} is not ${expected}`);
}

test("begins at the default and grows with requests in flight", () => {
  const load = createPeakEwma(2);
  assert.equal(estimate(load, 0), DEFAULT_MS);
  assert.equal(load.cost(0, poolWith(3), 0), 4 * DEFAULT_MS);
});

test("rises to a slower response at once and forgets it with time constant tau", () => {
  const load = createPeakEwma(2);
  load.finished?.({ backend: 0, latencyMs: 400, ok: true }, 1_000);
  assert.equal(estimate(load, 1_000), 400);
  assertNear(estimate(load, 1_000 + TAU_MS), 400 / Math.E);
  load.finished?.({ backend: 0, latencyMs: 100, ok: true }, 1_000 + TAU_MS);
  assertNear(estimate(load, 1_000 + TAU_MS), 400 / Math.E + 100 * (1 - 1 / Math.E));
  assertNear(estimate(load, 1_000 + TAU_MS, 1), DEFAULT_MS * Math.exp(-1.1));
});

test("a failure costs at least the penalty, however fast it came, and more when slower responses were seen", () => {
  const load = createPeakEwma(2);
  load.finished?.({ backend: 0, latencyMs: 0.1, ok: false }, 10);
  assert.equal(estimate(load, 10), 5_000);
  load.finished?.({ backend: 1, latencyMs: 9_000, ok: true }, 10);
  load.finished?.({ backend: 0, latencyMs: 0.1, ok: false }, 10);
  assert.equal(estimate(load, 10), 9_000);
});

test("a backend that joins starts afresh", () => {
  const load = createPeakEwma(2);
  load.finished?.({ backend: 0, latencyMs: 1, ok: false }, 10);
  load.joined?.(0, 500);
  assert.equal(estimate(load, 500), DEFAULT_MS);
});

test("after a long idle time requests in flight still tell backends apart", () => {
  const load = createPeakEwma(2);
  const week = 7 * 24 * 3_600_000;
  assert.ok(load.cost(0, poolWith(1), week) > load.cost(0, poolWith(0), week));
});

test("the estimate stays between the fastest and the slowest it was told, and time never runs backwards into it", () => {
  const latency = fc.double({ min: 0.01, max: 60_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(latency, fc.nat(60_000)), { minLength: 1 }), (responses) => {
      const load = createPeakEwma(1);
      let now = 0;
      let slowest = DEFAULT_MS;
      for (const [latencyMs, pause] of responses) {
        now += pause;
        load.finished?.({ backend: 0, latencyMs, ok: true }, now);
        slowest = Math.max(slowest, latencyMs);
        assert.ok(estimate(load, now) >= latencyMs * (1 - 1e-12));
        assert.ok(estimate(load, now) <= slowest * (1 + 1e-12));
        assert.equal(estimate(load, now - 1_000), estimate(load, now));
      }
    }),
  );
});
