import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { algorithms } from "./algorithms/registry.ts";
import { capabilityTable } from "./capabilities.ts";
import { balancers } from "./registry.ts";

const HEAD = `# What each balancer can do

Which directive an algorithm comes down to. A pair that is \`n/a\` is never run as something else; reports show it with this reason.
Hashes without a key in their name are shown by client address: \`contestants.hashKey\` can be \`path\`, \`header:NAME\` and \`cookie:NAME\` too.
The table is made from the code: \`UPDATE_GOLDEN=1 node --test balancers/capabilities.test.ts\` writes it again.
`;

test("docs/capabilities.md is what the balancers say", async () => {
  const text = `${HEAD}\n${capabilityTable(balancers, algorithms)}\n`;
  const file = new URL("../docs/capabilities.md", import.meta.url);
  if (process.env.UPDATE_GOLDEN === "1") await writeFile(file, text);
  assert.equal(await readFile(file, "utf8"), text);
});

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
