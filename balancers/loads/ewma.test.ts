import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createEwma } from "./ewma.ts";

const DEFAULT_MS = 30;

function poolWith(inflight: number) {
  return { eligible: [0, 1], weight: Float64Array.of(1, 1), inflight: Int32Array.of(inflight, inflight) };
}

/** Estimate of the first backend at `now`, without requests in flight. */
const estimate = (load: ReturnType<typeof createEwma>, now: number) => load.cost(0, poolWith(0), now);

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * expected, `${actual} is not ${expected}`);
}

test("begins at the default, takes the first response as it is, and moves by a twentieth after", () => {
  const load = createEwma(2);
  assert.equal(estimate(load, 0), DEFAULT_MS);
  load.finished?.({ backend: 0, latencyMs: 200, ok: true }, 10);
  assert.equal(estimate(load, 10), 200);
  load.finished?.({ backend: 0, latencyMs: 100, ok: true }, 20);
  assertNear(estimate(load, 20), 195);
  assertNear(load.cost(0, poolWith(3), 20), 4 * 195);
});

test("a failure counts as 5 s or the slowest response seen, however fast it came", () => {
  const load = createEwma(2);
  load.finished?.({ backend: 0, latencyMs: 10, ok: true }, 0);
  load.finished?.({ backend: 0, latencyMs: 0.1, ok: false }, 1);
  assertNear(estimate(load, 1), 10 + 0.05 * 4_990);
  load.finished?.({ backend: 1, latencyMs: 9_000, ok: true }, 2);
  load.joined?.(0, 3);
  load.finished?.({ backend: 0, latencyMs: 0.1, ok: false }, 4);
  assert.equal(estimate(load, 4), 9_000);
});

test("an average that nothing is added to is halved every 10 s, and one of a backend that joins starts afresh", () => {
  const load = createEwma(2);
  load.finished?.({ backend: 0, latencyMs: 800, ok: true }, 0);
  assert.deepEqual(
    [9_999, 10_000, 29_999, 30_000].map((now) => estimate(load, now)),
    [800, 400, 200, 100],
  );
  load.joined?.(0, 30_000);
  assert.equal(estimate(load, 30_000), DEFAULT_MS);
});

test("after a long idle time requests in flight still tell backends apart", () => {
  const load = createEwma(2);
  const week = 7 * 24 * 3_600_000;
  assert.ok(load.cost(0, poolWith(1), week) > load.cost(0, poolWith(0), week));
});

test("the average stays between the fastest and the slowest response", () => {
  const latency = fc.double({ min: 0.01, max: 60_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1 }), (responses) => {
      const load = createEwma(1);
      for (const latencyMs of responses) load.finished?.({ backend: 0, latencyMs, ok: true }, 0);
      assert.ok(estimate(load, 0) >= Math.min(...responses) * (1 - 1e-12));
      assert.ok(estimate(load, 0) <= Math.max(...responses) * (1 + 1e-12));
    }),
  );
});
