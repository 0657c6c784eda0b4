import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRetryBudget } from "./retry-budget.ts";

test("without a rule every retry is allowed", () => {
  const budget = createRetryBudget(null);
  for (let k = 0; k < 1_000; k++) assert.equal(budget.withdraw(0), true);
});

test("the floor allows retries without traffic, and no more", () => {
  const budget = createRetryBudget({ ratio: 0.2, minPerSecond: 1 });
  const allowed = Array.from({ length: 30 }, () => budget.withdraw(5)).filter(Boolean).length;
  assert.equal(allowed, 10);
  assert.equal(budget.withdraw(10_999 - 1_000), false);
  assert.equal(budget.withdraw(10_000), true, "what was spent 10 s ago is forgotten");
});

test("retries stay within the share of the requests of the last ten seconds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ gapMs: fc.nat({ max: 400 }), retry: fc.boolean() }), { maxLength: 2_000 }),
      (steps) => {
        const budget = createRetryBudget({ ratio: 0.2, minPerSecond: 1 });
        let now = 0;
        let requests = 0;
        let retries = 0;
        for (const { gapMs, retry } of steps) {
          now += gapMs;
          budget.deposit(now);
          requests += 1;
          if (retry && budget.withdraw(now)) retries += 1;
          assert.ok(retries <= 0.2 * requests + 10 * (1 + now / 10_000));
        }
      },
    ),
  );
});
