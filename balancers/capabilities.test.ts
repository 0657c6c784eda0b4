import assert from "node:assert/strict";
import { test } from "node:test";
import { capabilityTable } from "./capabilities.ts";
import { balancers } from "./registry.ts";

test("a bar in a directive or a reason does not break the table", () => {
  const table = capabilityTable(
    [{ name: "x", supports: () => ({ supported: false, reason: "a|b" }) }],
    [{ name: "y", weighted: false }],
  );
  assert.match(table, /n\/a: a\\\|b/);
});

test("overlays are the builtin proxy's: the products have none, whatever the algorithm", () => {
  for (const { name, supports } of balancers) {
    const support = supports("round-robin+hedging");
    if (name === "builtin")
      assert.ok(support.supported && support.directive.includes('"overlays": "hedging"'));
    else
      assert.deepEqual(support, {
        supported: false,
        reason: "overlays run in the builtin proxy and in the simulator",
      });
  }
});
