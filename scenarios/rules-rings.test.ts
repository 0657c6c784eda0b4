import assert from "node:assert/strict";
import { test } from "node:test";
import { algorithms } from "../balancers/algorithms/registry.ts";
import { ON_A_RING } from "../balancers/hash-ring.ts";
import { scenarioOf } from "../harness/simulation/sketch.ts";
import { ringsFit } from "./rules-rings.ts";

const refusedAs = (over: object): readonly string[] => {
  try {
    return ringsFit(scenarioOf({ contestants: { algorithms: ["consistent-hash"] }, ...over })).map(
      ({ message }) => message,
    );
  } catch (error) {
    return (error as Error).message.split("\n");
  }
};
const heavy = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ backend: at + 1, weight: 10_000 }));

test("a ring as large as all backends of weight 1 fits, and a weight as large as one may be", () => {
  assert.deepEqual(refusedAs({ backends: { count: 100_000 } }), []);
  assert.deepEqual(refusedAs({ backends: { count: 20, override: heavy(20) } }), []);
});

test("a weight has a limit, in the file and in a change of membership", () => {
  for (const over of [
    { backends: { count: 4, override: [{ backend: 1, weight: 1e9 }] } },
    { membership: [{ change: "weight", at: "1s", backend: 1, weight: 1e9 }] },
  ])
    assert.match(refusedAs(over).join(), /10000/);
});

test("rings that would take all memory are refused: by weights, by changes of weight, by instances", () => {
  const change = { change: "weight", at: "1s" };
  const membership = heavy(21).map((one) => ({ ...change, ...one }));
  for (const over of [
    { backends: { count: 21, override: heavy(21) } },
    { backends: { count: 21 }, membership },
    {
      backends: { count: 1_000 },
      contestants: { algorithms: ["bounded-load-hash+priority"], instances: 1_000 },
    },
  ])
    assert.match(
      refusedAs(over).join(),
      /160 points per unit of weight, here [0-9,]+ .* at most 33,554,432: take smaller/,
    );
  assert.deepEqual(
    refusedAs({ backends: { count: 21, override: heavy(21) }, contestants: { algorithms: ["maglev"] } }),
    [],
  );
});

test("the algorithms that keep a ring are named by what they say of themselves", () => {
  const saying = algorithms.filter(({ summary }) => summary.includes("ring")).map(({ name }) => name);
  assert.deepEqual(saying.sort(), [...ON_A_RING].sort());
});
