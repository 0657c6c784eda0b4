import assert from "node:assert/strict";
import { test } from "node:test";
import { caseSchema, judge, overall, unmeasured } from "./outcome.ts";

const comparison = { id: "simulation/x", title: "X", unit: "S", theory: 2, measured: 2.1, bound: 0.1001 };
const holds = judge(comparison);
const fails = judge({ ...comparison, bound: 0.09 });
const busy = judge({ ...comparison, strain: ["send lag p99 3 ms"] });
const missing = unmeasured(comparison, "n/a", "nginx is not here");

test("a case holds up to its bound and fails beyond, whichever way", () => {
  assert.equal(holds.verdict, "holds");
  assert.equal(fails.verdict, "fails");
  assert.equal(judge({ ...comparison, measured: 1.8 }).verdict, "fails");
  assert.equal(judge({ ...comparison, measured: Number.NaN }).verdict, "fails");
  for (const each of [holds, fails, busy, missing]) assert.deepEqual(caseSchema.parse(each), each);
});

test("a disturbed instrument is neither a pass nor a failure, and says what disturbed it", () => {
  assert.equal(busy.verdict, "too busy to judge");
  assert.equal(busy.strain, "send lag p99 3 ms");
  assert.equal(judge({ ...comparison, bound: 0.01, strain: ["x"] }).verdict, "too busy to judge");
});

test("one failure fails all, one disturbed case keeps all from passing, and nothing measured is no pass", () => {
  assert.equal(overall([holds, missing]), "holds");
  assert.equal(overall([holds, busy, missing]), "too busy to judge");
  assert.equal(overall([holds, busy, fails]), "fails");
  assert.equal(overall([missing]), "fails");
  assert.equal(overall([]), "fails");
});
