import assert from "node:assert/strict";
import { test } from "node:test";
import { hash32 } from "../../../balancers/hash.ts";
import { createHashRing } from "../../../balancers/hash-ring.ts";
import {
  createWalks,
  isChained,
  ownedShares,
  playBounded,
  turnedAwayShare,
  zipfShares,
} from "./zipf-theory.ts";

const BACKENDS = 10;

const pathsOf = (set: string, keys: number): string[] =>
  Array.from({ length: keys }, (_, key) => `/${set}/${key + 1}`);

test("a walk begins at the owner that the ring of the algorithms says, and meets every backend once", () => {
  const paths = pathsOf("walk", 2_000);
  const ring = createHashRing(new Float64Array(BACKENDS).fill(1));
  for (const [key, walk] of createWalks(BACKENDS, paths).entries()) {
    assert.equal(walk[0], ring.owners[ring.firstFrom(hash32(paths[key]!))]);
    assert.deepEqual([...walk].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});

/** Mean over sets of keys, each as good as a ring of its own. */
function fullestOver(sets: number, keys: number): number {
  const shares = zipfShares(keys);
  let sum = 0;
  for (let set = 0; set < sets; set++) {
    const owned = ownedShares(createWalks(BACKENDS, pathsOf(`set-${set}`, keys)), shares, BACKENDS);
    sum += Math.max(...owned) * BACKENDS;
  }
  return sum / sets;
}

test("100,000 keys give the published 1.74 of a plain ring; 1,000 would give 2.2", () => {
  const many = fullestOver(10, 100_000);
  assert.ok(Math.abs(many - 1.74) < 0.1, `${many}`);
  const few = fullestOver(30, 1_000);
  assert.ok(Math.abs(few - 2.2) < 0.15, `${few}`);
});

test("what is turned away is what is beyond the bound", () => {
  const owned = Float64Array.of(0.5, 0.3, 0.1, 0.1);
  assert.ok(Math.abs(turnedAwayShare(owned, 1.2) - 0.2) < 1e-12);
  const walks = [
    [0, 2, 1, 3],
    [1, 0, 2, 3],
    [2, 3, 0, 1],
    [3, 0, 1, 2],
  ];
  assert.equal(isChained(walks, owned, 4, 1.3), false, "one is full and sends on to an empty one");
  assert.equal(isChained(walks, owned, 4, 1.1), true, "the second is full as well and sends to the first");
  assert.equal(isChained([[0, 1, 2, 3], ...walks.slice(1)], owned, 4, 1.3), true, "the heir becomes full");
});

test("the second program keeps the bound and turns nobody away before it", () => {
  const walks = [
    [0, 1],
    [1, 0],
  ];
  // Bounds ceil(1.5 m / 2): 1, 2, 3, 3, 4.
  assert.deepEqual([...playBounded(walks, Int32Array.of(0, 0, 0, 0, 0), 2, 1.5)], [0, 0, 0, 1, 0]);
});
