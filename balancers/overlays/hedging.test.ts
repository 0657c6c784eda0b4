import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createHedging, mayHedge } from "./hedging.ts";

const RULE = { percentile: 0.95, cap: 0.05 };

test("it waits as long as 95 % of the latest requests took, and not before a hundred are known", () => {
  const hedging = createHedging(RULE);
  for (let ms = 1; ms < 100; ms++) hedging.observe(ms);
  assert.equal(hedging.delayMs, null);
  hedging.observe(100);
  assert.equal(hedging.delayMs, 95);
  // What is long ago is forgotten.
  for (let k = 0; k < 1_024; k++) hedging.observe(7);
  assert.equal(hedging.delayMs, 7);
});

test("second copies are never more than the cap of the requests so far, however they come", () => {
  const step = fc.record({ ms: fc.nat(3_000), requests: fc.nat(80), wanted: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const hedging = createHedging(RULE);
      let [now, requests, copies] = [0, 0, 0];
      for (const { ms, requests: more, wanted } of steps) {
        now += ms;
        for (let k = 0; k < more; k++) hedging.deposit(now);
        requests += more;
        for (let k = 0; k < wanted; k++) if (hedging.withdraw(now)) copies += 1;
        assert.ok(copies <= 0.05 * requests, `${copies} of ${requests}`);
      }
    }),
  );
});

test("one of twenty requests may have a second copy", () => {
  const hedging = createHedging(RULE);
  for (let k = 0; k < 40; k++) hedging.deposit(0);
  assert.deepEqual([hedging.withdraw(0), hedging.withdraw(0), hedging.withdraw(0)], [true, true, false]);
});

test("only what may be done twice and has no body gets a second copy", () => {
  assert.ok(mayHedge("GET", false) && mayHedge("HEAD", false) && mayHedge("DELETE", false));
  assert.ok(!mayHedge("POST", false) && !mayHedge("PATCH", false) && !mayHedge("PUT", true));
});
