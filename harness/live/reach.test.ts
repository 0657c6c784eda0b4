import assert from "node:assert/strict";
import { test } from "node:test";
import { reachOf } from "./reach.ts";

const contestants = {
  balancers: [],
  algorithms: [],
  workers: 1,
  instances: 1,
  hashKey: "client-address",
  tuning: "parity" as const,
};
const addresses = [1, 2, 3, 4].map((id) => ({ id, weight: id, priority: id < 4 ? 0 : 1 }));

test("without overlays every backend is reached", () => {
  const { weights, used, mostTogether } = reachOf("random", addresses, { contestants });
  assert.deepEqual([[...weights.keys()], used, mostTogether], [[1, 2, 3, 4], 4, Number.POSITIVE_INFINITY]);
});

test("tiers leave the first one, a subset its size, a limit its least", () => {
  const overlays = { subset: { size: 2 } };
  const settings = { contestants: { ...contestants, overlays } };
  assert.deepEqual(
    [...reachOf("random+priority", addresses, { contestants }).weights],
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  );
  assert.equal(reachOf("random+priority", addresses, { contestants }).used, 3);
  assert.equal(reachOf("random+subset", addresses, settings).used, 2);
  assert.equal(reachOf("random+subset", addresses, { contestants }).used, 4);
  assert.equal(reachOf("random+priority+subset", addresses, settings).used, 1);
  assert.equal(reachOf("random+concurrency-limit", addresses, { contestants }).mostTogether, 20);
});
