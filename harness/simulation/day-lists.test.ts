import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createBitRing } from "./bit-ring.ts";
import { createDayLists } from "./day-lists.ts";

test("the first mark of a ring is the nearest one ahead, around its end", () => {
  const place = fc.nat(95);
  fc.assert(
    fc.property(fc.uniqueArray(place), fc.array(place), place, (marked, unmarked, from) => {
      const ring = createBitRing(96);
      for (const each of marked) ring.set(each);
      for (const each of unmarked) ring.unset(each);
      const left = new Set(marked.filter((each) => !unmarked.includes(each)));
      const ahead = Array.from({ length: 96 }, (_, step) => (from + step) % 96);
      assert.equal(ring.firstFrom(from), ahead.find((each) => left.has(each)) ?? -1);
    }),
  );
});

test("a list gives its events by time, those of one instant in the order of their coming, and its places are used again", () => {
  const lists = createDayLists(64);
  for (let round = 0; round < 100; round++) {
    for (const [event, atMs] of [5, 3, 5, 9, 3, 1].entries()) lists.insert(round % 64, atMs, event);
    assert.equal(lists.size, 6);
    assert.equal(lists.firstFrom((round + 1) % 64), round % 64);
    assert.equal(lists.firstMs(round % 64), 1);
    assert.deepEqual(
      Array.from({ length: 6 }, () => lists.take(round % 64)),
      [5, 1, 4, 0, 2, 3],
    );
    assert.equal(lists.firstFrom(0), -1);
  }
});
