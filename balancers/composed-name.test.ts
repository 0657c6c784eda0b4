import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalName, readComposedName } from "./composed-name.ts";
import { rulesOf } from "./overlay-rules.ts";

test("a name is an algorithm and its overlays, whose order says nothing", () => {
  assert.deepEqual(readComposedName("least-connections"), { algorithm: "least-connections", overlays: [] });
  assert.deepEqual(readComposedName("random+slow-start+hedging"), {
    algorithm: "random",
    overlays: ["slow-start", "hedging"],
  });
  assert.equal(canonicalName("random+slow-start+hedging"), "random+hedging+slow-start");
  assert.equal(canonicalName("random"), "random");
});

test("a file of one's own has overlays after its ending, and may have a plus in its path", () => {
  assert.deepEqual(readComposedName("/home/a+b/mine.ts+hedging"), {
    algorithm: "/home/a+b/mine.ts",
    overlays: ["hedging"],
  });
  assert.deepEqual(readComposedName("./x+y.mjs"), { algorithm: "./x+y.mjs", overlays: [] });
});

test("the overlays of a name have the parameters of the scenario, or the defaults", () => {
  const settings = { subset: { size: 3 }, "panic-threshold": { threshold: 0.2 } };
  assert.deepEqual(rulesOf("random+retry-budget+subset", settings), {
    "retry-budget": { ratio: 0.2, minPerSecond: 10 },
    subset: { size: 3 },
  });
  assert.deepEqual(rulesOf("random", settings), {});
  assert.throws(() => rulesOf("random+fast"), /there is no overlay "fast"/);
});
