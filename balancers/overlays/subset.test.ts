import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countsOf, pipelineOf } from "../testing/overlaid.ts";
import { subsetOf } from "./subset.ts";

test("a subset has its size, in order and without repeats, and is the same for the same instance", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 70 }),
      fc.nat(200),
      fc.integer(),
      (size, wanted, instance, seed) => {
        const subset = subsetOf({ size: wanted }, { size, instance, seed });
        assert.equal(subset.length, Math.min(wanted, size));
        assert.deepEqual(
          subset,
          [...new Set(subset)].sort((a, b) => a - b),
        );
        assert.ok(subset.every((backend) => backend >= 0 && backend < size));
        assert.deepEqual(subsetOf({ size: wanted }, { size, instance, seed }), subset);
      },
    ),
  );
});

test("when the size divides the backends, whole rounds of instances use each backend equally often", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer(),
      (wanted, perRound, rounds, seed) => {
        const size = wanted * perRound;
        const used = new Array<number>(size).fill(0);
        for (let instance = 0; instance < rounds * perRound; instance++)
          for (const backend of subsetOf({ size: wanted }, { size, instance, seed })) used[backend]! += 1;
        assert.deepEqual(used, new Array(size).fill(rounds));
      },
    ),
  );
});

test("when it does not, no backend is left out for good, and none has twice its part over many instances", () => {
  const [size, wanted, instances] = [300, 9, 330];
  const used = new Array<number>(size).fill(0);
  for (let instance = 0; instance < instances; instance++)
    for (const backend of subsetOf({ size: wanted }, { size, instance, seed: 1 })) used[backend]! += 1;
  // Ten rounds of 33 instances: each leaves 3 of the 300 out.
  assert.ok(
    Math.max(...used) === 10 && Math.min(...used) >= 8,
    `${Math.min(...used)} to ${Math.max(...used)}`,
  );
});

test("a balancer never sends anything outside its subset, and another instance uses another one", () => {
  const settings = { subset: { size: 3 } };
  const [first, second] = [0, 1].map((instance) => {
    const { dispatcher } = pipelineOf("random+subset", 6, { settings, instance });
    const counts = countsOf(dispatcher, 6, 600, 0);
    return [...counts.keys()].filter((backend) => counts[backend]! > 0);
  });
  assert.deepEqual([...first!, ...second!].sort(), [0, 1, 2, 3, 4, 5]);
});

test("what leaves is not replaced by a backend of another subset", () => {
  const { dispatcher } = pipelineOf("round-robin+subset", 6, { settings: { subset: { size: 2 } } });
  const [one, other] = dispatcher.pool.eligible as [number, number];
  dispatcher.leave(one, 1);
  assert.deepEqual(dispatcher.pool.eligible, [other]);
  dispatcher.leave(other, 1);
  assert.deepEqual(dispatcher.pool.eligible, []);
});
