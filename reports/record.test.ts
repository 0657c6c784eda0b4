import assert from "node:assert/strict";
import { test } from "node:test";
import { runSchema } from "./record.ts";
import { fixture } from "./testdata/fixture.ts";

test("the fixture is a valid record and shows every case that reports must handle", () => {
  const run = fixture();
  assert.equal(run.trials.length, 14);
  assert.deepEqual(
    new Set(run.trials.map((t) => t.verdict.status)),
    new Set(["valid", "suspect", "invalid"]),
  );
  assert.ok(
    run.trials.some((t) => t.control) &&
      run.trials.some((t) => t.repeat === 2) &&
      run.trials.some((t) => t.faults.length > 0),
  );
  assert.ok(run.scenarios.some((s) => s.offeredRate === null) && run.unsupported.length > 0);
  assert.ok(run.trials.some((t) => t.latencyMs.p99 === null));
});

test("an unknown key or another schema is refused", () => {
  assert.equal(runSchema.safeParse({ ...fixture(), extra: 1 }).success, false);
  assert.equal(runSchema.safeParse({ ...fixture(), schema: "evenkeel/result@2" }).success, false);
});
