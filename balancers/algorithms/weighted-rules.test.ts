/** What the algorithms that look at weights promise beyond the laws of all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { chiSquareP } from "#kernel/statistics.ts";
import type { AlgorithmDefinition } from "../algorithm.ts";
import { createAliasTable } from "../alias-table.ts";
import { createBench } from "../testing/bench.ts";
import { algorithm as earliestDeadline } from "./earliest-deadline.ts";
import { algorithm as first } from "./first.ts";
import { algorithm as joinIdleQueue } from "./join-idle-queue.ts";
import { algorithm as neverQueue } from "./never-queue.ts";
import { algorithm as shortestExpectedDelay } from "./shortest-expected-delay.ts";
import { algorithm as weightedLeastConnections } from "./weighted-least-connections.ts";

const SIGNIFICANCE = 1e-4;
const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

test("earliest-deadline is never more than one request away from the share of the weights", () => {
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 400 }), fc.integer(), (weights, requests, seed) => {
      const bench = createBench(earliestDeadline, weights, seed);
      const counts = weights.map(() => 0);
      const total = weights.reduce((sum, weight) => sum + weight);
      // Time goes by 1/total for each request, and a backend is due every 1/weight from within its first period.
      for (let k = 0; k < requests; k++) counts[bench.send(k)]! += 1;
      for (const [a, first] of weights.entries())
        for (const [b, second] of weights.entries())
          assert.ok(
            counts[a]! / first - counts[b]! / second <= 1 / first + 1 / second,
            `${counts.join(" ")} of ${requests} for ${weights.join(":")} (${total})`,
          );
    }),
  );
});

test("earliest-deadline starts at random by the weights, and a newcomer does not get what it missed", () => {
  const starts = [0, 0, 0];
  for (let seed = 0; seed < 4_000; seed++)
    starts[createBench(earliestDeadline, [1, 1, 1], seed).send(0)]! += 1;
  assert.ok(chiSquareP(starts, [4_000 / 3, 4_000 / 3, 4_000 / 3]) > SIGNIFICANCE, starts.join(" "));
  const bench = createBench(earliestDeadline, [1, 1, 1], 1);
  bench.toggle(2);
  for (let k = 0; k < 300; k++) bench.send(k);
  bench.toggle(2);
  const after = Array.from({ length: 30 }, (_, k) => bench.send(k));
  assert.ok(Math.abs(after.filter((backend) => backend === 2).length - 10) <= 1);
});

test("an alias table draws each position with its share of the weights", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.integer({ min: 1, max: 1_000 }).map((n) => n / 8),
        { minLength: 2, maxLength: 12 },
      ),
      (weights) => {
        const draw = createAliasTable(weights);
        const rng = createRng(1);
        const counts = weights.map(() => 0);
        for (let k = 0; k < 20_000; k++) counts[draw(rng)]! += 1;
        const total = weights.reduce((sum, weight) => sum + weight);
        const expected = weights.map((weight) => (weight / total) * 20_000);
        for (const [at, count] of counts.entries())
          assert.ok(Math.abs(count - expected[at]!) < 6 * Math.sqrt(expected[at]! + 1), counts.join(" "));
      },
    ),
    { numRuns: 50 },
  );
});

test("first takes the first that is up, and goes back to it", () => {
  const bench = createBench(first, [1, 1, 1], 1);
  assert.equal(bench.send(0), 0);
  assert.equal(bench.send(0, [0]), 1);
  bench.toggle(0);
  assert.equal(bench.send(0), 1);
  bench.toggle(0);
  assert.equal(bench.send(0), 0);
});

/** Its pick with these requests in flight; the weights are 1, 2, 4. */
function pickWith(definition: AlgorithmDefinition, inflight: readonly number[]): number {
  const bench = createBench(definition, [1, 2, 4], 1);
  for (const [backend, count] of inflight.entries()) bench.hold(backend, count);
  return bench.send(0);
}

test("an idle slow backend is left idle by the expected delay, taken by never-queue and weighted-least-connections", () => {
  const slowIsIdle = [0, 1, 2];
  assert.equal(pickWith(shortestExpectedDelay, slowIsIdle), 2);
  assert.equal(pickWith(neverQueue, slowIsIdle), 0);
  assert.equal(pickWith(weightedLeastConnections, slowIsIdle), 0);
});

test("when none is idle, never-queue is the shortest expected delay and the one to come counts", () => {
  for (const inflight of [
    [1, 2, 5],
    [1, 5, 6],
    [3, 1, 9],
  ]) {
    assert.equal(pickWith(neverQueue, inflight), pickWith(shortestExpectedDelay, inflight));
    const delays = inflight.map((count, backend) => (count + 1) / 2 ** backend);
    assert.equal(delays[pickWith(shortestExpectedDelay, inflight)], Math.min(...delays));
  }
  assert.equal(pickWith(weightedLeastConnections, [1, 2, 3]), 2);
});

test("join-idle-queue takes an idle backend whenever there is one, each alike, and any backend when there is none", () => {
  const counts = [0, 0, 0, 0];
  const busy = [0, 0, 0, 0];
  for (let seed = 0; seed < 8_000; seed++) {
    const bench = createBench(joinIdleQueue, [1, 1, 1, 1], seed);
    bench.hold(1, 2);
    counts[bench.send(0)]! += 1;
    for (const backend of [0, 1, 2, 3]) bench.hold(backend, 1 + backend);
    busy[bench.send(0)]! += 1;
  }
  assert.equal(counts[1], 0);
  assert.ok(
    chiSquareP([counts[0]!, counts[2]!, counts[3]!], [8_000 / 3, 8_000 / 3, 8_000 / 3]) > SIGNIFICANCE,
  );
  assert.ok(chiSquareP(busy, [2_000, 2_000, 2_000, 2_000]) > SIGNIFICANCE, busy.join(" "));
});
