import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import type { Algorithm } from "../algorithm.ts";
import { requestOf } from "../testing/bench.ts";
import { algorithm as prequal } from "./prequal.ts";

function fresh(size: number, seed = 1) {
  const algorithm = prequal.create({ rng: createRng(seed), size }) as Required<Algorithm>;
  const eligible = Array.from({ length: size }, (_, backend) => backend);
  for (const backend of eligible) algorithm.joined(backend, 0);
  const pool = { eligible, weight: new Float64Array(size).fill(1), inflight: new Int32Array(size) };
  return {
    algorithm,
    pick: (now: number, offered = eligible) =>
      algorithm.pick(requestOf(0), { ...pool, eligible: offered }, now),
    probed: (backend: number, inFlight: number, latencyMs: number, now = 0) =>
      algorithm.probed(backend, { inFlight, latencyMs }, now),
  };
}

test("of the cold ones the one with the lowest latency is taken, however few requests a slower one has", () => {
  const { pick, probed } = fresh(64);
  // What is usual: three requests in flight.
  for (let k = 0; k < 120; k++) probed(k % 4, 3, 10);
  probed(0, 0, 50);
  probed(1, 3, 20);
  probed(2, 2, 30);
  probed(3, 40, 1);
  assert.equal(pick(1), 1);
});

test("when all are hot the one with the fewest requests in flight is taken, however slow", () => {
  const { pick, probed } = fresh(64);
  // What is usual: two requests in flight.
  for (let k = 0; k < 120; k++) probed(k % 4, 2, 10);
  probed(0, 9, 1);
  probed(1, 7, 99);
  probed(2, 8, 2);
  probed(3, 12, 3);
  assert.equal(pick(1), 1);
});

test("a probe that was used counts the request that it brought", () => {
  const { pick, probed } = fresh(2);
  for (let k = 0; k < 120; k++) probed(k % 2, 1, k % 2 === 0 ? 10 : 20);
  assert.equal(pick(1), 0);
  // With one more in flight it is hot now.
  assert.equal(pick(1), 1);
});

test("without a usable probe any backend is drawn: before the first, a second after the last, and where the probed ones are not offered", () => {
  const { pick, probed } = fresh(4);
  const drawn = (now: number, offered?: number[]): number =>
    new Set(Array.from({ length: 100 }, () => pick(now, offered))).size;
  assert.equal(drawn(0), 4);
  probed(2, 0, 10, 0);
  assert.equal(pick(999), 2);
  assert.equal(drawn(999, [0, 1, 3]), 3);
  assert.equal(drawn(1_000), 4);
});

test("a probe of a backend that left is of no use", () => {
  const { algorithm, pick, probed } = fresh(3);
  probed(1, 0, 1);
  algorithm.left(1, 0);
  for (let k = 0; k < 50; k++) assert.notEqual(pick(1, [0, 2]), 1);
});

test("of a hundred backends sixteen probes are kept, and each is used once or twice", () => {
  const { pick, probed } = fresh(100);
  for (let backend = 0; backend < 40; backend++) probed(backend, 0, 40 - backend);
  const uses = new Map<number, number>();
  // The latest are the fastest here; what was dropped is drawn at random only when nothing is left.
  for (let k = 0; k < 16; k++) {
    const backend = pick(1);
    uses.set(backend, (uses.get(backend) ?? 0) + 1);
  }
  for (const [backend, count] of uses) assert.ok(backend >= 24 && count <= 2, `${backend} ${count}`);
  const later = new Set(Array.from({ length: 200 }, () => pick(1)));
  assert.ok(
    [...later].some((backend) => backend < 24),
    "the pool is used up",
  );
});

test("three different members are probed with each request, and one probe goes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer(), (size, seed) => {
      const { algorithm } = fresh(size, seed);
      const asked = algorithm.probes(0);
      assert.equal(asked.length, Math.min(3, size));
      assert.equal(new Set(asked).size, asked.length);
      assert.ok(asked.every((backend) => backend >= 0 && backend < size));
    }),
  );
  const { algorithm, pick, probed } = fresh(4);
  probed(1, 0, 10);
  probed(2, 0, 20);
  algorithm.probes(0);
  assert.equal(pick(1), 2, "the oldest went");
});

test("cold are the probes up to the 0.84 quantile of the latest 128 numbers of requests in flight", () => {
  const { pick, probed } = fresh(64);
  for (let inFlight = 1; inFlight <= 128; inFlight++) probed(inFlight % 64, inFlight, 1_000);
  probed(1, 10, 50);
  probed(2, 100, 5);
  // 0.84 of 128 are 107.5.
  probed(3, 115, 1);
  assert.equal(pick(1), 2);
});

test("with each request the oldest probe goes and the worst one in turn", () => {
  const { algorithm, pick, probed } = fresh(64);
  for (const [backend, latencyMs] of [10, 20, 30, 99].entries()) probed(backend, 0, latencyMs);
  algorithm.probes(0);
  algorithm.probes(0);
  assert.equal(pick(1), 1, "0 went as the oldest, 3 as the slowest");
});
