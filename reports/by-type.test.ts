import assert from "node:assert/strict";
import { test } from "node:test";
import { byTypeTable, lostSentence, shopTable } from "./by-type.ts";
import type { Contestant } from "./contestants.ts";

const LATENCY = { count: 10, mean: 5, p50: 4, p90: null, p95: null, p99: null, p999: null, max: 9 };

function contestant(name: string, expired: number, status: Contestant["status"] = "valid"): Contestant {
  const sessions = { seen: 200, completed: 150, expired, failed: 0, unfinished: 50 - expired };
  const shown = {
    requests: ["home", "login"].map((type) => ({ name: type, scheduled: 10, ok: 9, latencyMs: LATENCY })),
    shop: { sessions, expired, ordersConfirmed: 7, ordersPlaced: 8 },
  };
  return { name, status, shown } as unknown as Contestant;
}

test("the types stand one after the other, the contestants of one type together", () => {
  const table = byTypeTable([contestant("a", 0), contestant("b", 0)]);
  assert.deepEqual(
    table?.rows.map(([type, name]) => [type, name]),
    [
      ["home", "a"],
      ["home", "b"],
      ["login", "a"],
      ["login", "b"],
    ],
  );
  assert.deepEqual(table?.rows[0]?.slice(2), ["10", "10 %", "5 ms", "4 ms", "–", "–"]);
});

test("orders that were placed stand beside those that were confirmed", () => {
  assert.deepEqual(shopTable([contestant("a", 5)])?.rows, [["a", "200", "150", "5", "0", "45", "7", "8"]]);
});

test("who loses visitors is named before any latency, worst first; who loses none in a hundred is not", () => {
  const all = [contestant("a", 10), contestant("b", 40), contestant("c", 1), contestant("d", 50, "invalid")];
  assert.match(lostSentence(all) ?? "", /^Visitors leave: of the sessions, b 20 %, a 5 % are lost;/);
  assert.equal(lostSentence([contestant("c", 1)]), null);
});
