import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { algorithms } from "../algorithms/registry.ts";
import type { Attempt } from "../dispatcher.ts";
import { countsOf, pipelineOf } from "../testing/overlaid.ts";
import { warmUpFactor } from "./slow-start.ts";

const request = { clientAddress: "127.0.0.1", path: "/", header: () => undefined };
const RULE = { window: 10_000, aggression: 1, minWeight: 0.1 };

test("the factor is max(minimum, (t / window) ^ (1 / aggression)), and 1 from the end of the window on", () => {
  assert.equal(warmUpFactor(RULE, 0), 0.1);
  assert.equal(warmUpFactor(RULE, 500), 0.1);
  assert.equal(warmUpFactor(RULE, 2_500), 0.25);
  assert.equal(warmUpFactor({ ...RULE, aggression: 2 }, 2_500), 0.5);
  assert.equal(warmUpFactor({ ...RULE, aggression: 0.5 }, 5_000), 0.25);
  assert.equal(warmUpFactor(RULE, 10_000), 1);
  fc.assert(
    fc.property(
      fc.nat(9_999),
      fc.nat(9_999),
      fc.double({ min: 0.1, max: 5, noNaN: true }),
      (a, b, aggression) => {
        const at = (t: number): number => warmUpFactor({ ...RULE, aggression }, t);
        assert.ok(at(Math.min(a, b)) <= at(Math.max(a, b)), "it never falls");
      },
    ),
  );
});

test("a backend that came back gets its factor times its full share, or at most what a weight of that factor would give it", () => {
  for (const name of [
    "round-robin",
    "random",
    "weighted-round-robin",
    "weighted-random",
    "earliest-deadline",
  ]) {
    const weights = [1, 1, 1, 2];
    const requests = 20_000;
    for (const [elapsed, factor] of [
      [0, 0.1],
      [2_500, 0.25],
      [7_500, 0.75],
      [10_000, 1],
    ] as const) {
      const { dispatcher } = pipelineOf(`${name}+slow-start`, 4, { weights });
      dispatcher.leave(3, 1);
      dispatcher.join(3, 1_000);
      const share = countsOf(dispatcher, 4, requests, 1_000 + elapsed)[3]! / requests;
      const full = name.startsWith("weighted") || name === "earliest-deadline" ? 0.4 : 0.25;
      // Turns that were refused come sooner again, draws do not: that is between the two. Four standard deviations of a count.
      const least = factor * full;
      const most = least / (1 - full + least);
      const bound = 4 * Math.sqrt(most / requests);
      assert.ok(share > least - bound && share < most + bound, `${name} after ${elapsed} ms: ${share}`);
    }
  }
});

test("backends that are there from the start are warm, and so is one whose window is over", () => {
  const { dispatcher } = pipelineOf("round-robin+slow-start", 4);
  assert.deepEqual(countsOf(dispatcher, 4, 400, 0), [100, 100, 100, 100]);
  dispatcher.leave(0, 1);
  dispatcher.join(0, 2);
  assert.deepEqual(countsOf(dispatcher, 4, 400, 10_002), [100, 100, 100, 100]);
});

test("backends that all came back at once share evenly at once", () => {
  const { dispatcher } = pipelineOf("round-robin+slow-start", 4);
  for (const backend of [0, 1, 2, 3]) dispatcher.leave(backend, 1);
  for (const backend of [0, 1, 2, 3]) dispatcher.join(backend, 2);
  assert.deepEqual(countsOf(dispatcher, 4, 400, 3), [100, 100, 100, 100]);
});

test("a backend whose ejection is over warms up too", () => {
  const { dispatcher } = pipelineOf("random+outlier-ejection+slow-start", 4);
  for (let k = 0; k < 5; ) {
    const attempt = dispatcher.start(request, 0) as Attempt;
    const isBad = attempt.backend === 2;
    dispatcher.settle(attempt, isBad ? "failed" : "answered", 0);
    if (isBad) k += 1;
  }
  assert.deepEqual(dispatcher.pool.eligible, [0, 1, 3]);
  const share = countsOf(dispatcher, 4, 10_000, 30_000)[2]! / 10_000;
  assert.ok(share > 0.015 && share < 0.035, `a tenth of a quarter, not ${share}`);
});

/** Nine warm backends with 11 requests in flight each; one that is empty comes back, and nothing ends. Gives who got the next requests. */
function nextAfterJoin(name: string, requests: number): number[] {
  const { dispatcher } = pipelineOf(name, 10);
  dispatcher.leave(9, 0);
  const rng = createRng("join");
  const open = Array.from({ length: 99 }, () => dispatcher.start(request, 1) as Attempt);
  dispatcher.join(9, 1_000);
  return Array.from({ length: requests }, () => {
    const [ended] = open.splice(rng.int(open.length), 1);
    // Only warm ones answer: the cold one has not got going.
    if (ended!.backend !== 9) dispatcher.settle(ended!, "answered", 1_001);
    else open.push(ended!);
    const attempt = dispatcher.start(request, 1_001) as Attempt;
    open.push(attempt);
    return attempt.backend;
  });
}

test("least-connections sends the next eleven requests to an empty backend that came back; with slow start one", () => {
  const burst = nextAfterJoin("least-connections", 10);
  assert.ok(burst.filter((backend) => backend === 9).length >= 9, `alone: ${burst.join(" ")}`);
  const spared = nextAfterJoin("least-connections+slow-start", 100);
  const inFlight = spared.filter((backend) => backend === 9).length;
  assert.ok(inFlight >= 1 && inFlight <= 2, `a tenth of the ten or eleven of the others, not ${inFlight}`);
});

test("no choice by load gives a cold backend more in flight than its factor times its fair part, and one at least", () => {
  for (const { name, family } of algorithms) {
    if (family !== "by-load") continue;
    const inFlight = nextAfterJoin(`${name}+slow-start`, 200).filter((backend) => backend === 9).length;
    assert.ok(inFlight <= 2, `${name}: ${inFlight}`);
  }
});
