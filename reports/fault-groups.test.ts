import assert from "node:assert/strict";
import { test } from "node:test";
import { backendsText, groupFaults, whenText } from "./fault-groups.ts";
import type { FaultRecord } from "./record.ts";

const record = (more: Partial<FaultRecord>): FaultRecord => ({
  type: "crash",
  entry: 0,
  backend: 2,
  at: 1_000,
  for: 500,
  injectedAt: 1_000,
  liftedAt: 1_500,
  detection: "seen",
  detectedAfterMs: 10,
  recovery: "seen",
  recoveredAfterMs: 600,
  return: "seen",
  returnedAfterMs: 0,
  lost: 1,
  recoveredBy: "band",
  recoveredRangeMs: null,
  lostBy: null,
  drainErrors: null,
  budgetBurnt: null,
  sentWhileKnownBad: null,
  excess: null,
  misdirectedShare: 0.1,
  resolutionMs: 0,
  ...more,
});
const textOf = (records: readonly FaultRecord[]): readonly string[] =>
  groupFaults(records).map((group) => `${group.type} of ${backendsText(group)} ${whenText(group)}`);

test("a fault that comes once to one backend is its record, whatever else there is", () => {
  const records = [record({}), record({ entry: 1, type: "pause", backend: 1, at: 3_000 })];
  assert.deepEqual(
    groupFaults(records).map(({ whole }) => whole),
    records,
  );
  assert.deepEqual(textOf(records), [
    "crash of backend 2 at 1 s for 500 ms",
    "pause of backend 1 at 3 s for 500 ms",
  ]);
});

test("records of earlier versions, which do not say their fault, are one fault each", () => {
  const { entry: _, ...old } = record({});
  assert.equal(groupFaults([old, { ...old, at: 2_000 }]).length, 2);
});

test("several backends and several times are one fault, and said so", () => {
  assert.deepEqual(textOf([record({ backend: 1 }), record({ backend: 3 })]), [
    "crash of backends 1 and 3 at 1 s for 500 ms",
  ]);
  assert.deepEqual(textOf([record({}), record({ at: 3_000 }), record({ at: 5_000 })]), [
    "crash of backend 2 from 1 s 3 times, about 500 ms each",
  ]);
  assert.deepEqual(textOf([1, 2, 3, 4, 5].map((id) => record({ backend: id, at: id * 1_000 }))), [
    "crash of 5 backends from 1 s for 500 ms, one after the other",
  ]);
});

test("of many windows the median stands, never is what most say, and requests lost together count once", () => {
  const [{ whole }] = groupFaults([
    record({ backend: 1, detectedAfterMs: 10, lost: 3 }),
    record({ backend: 2, detectedAfterMs: 30, lost: 3 }),
    record({ at: 3_000, detectedAfterMs: 20, lost: 2, recovery: "never", recoveredAfterMs: null }),
    record({ at: 5_000, detection: "never", detectedAfterMs: null, lost: 0 }),
  ]) as [ReturnType<typeof groupFaults>[number]];
  assert.deepEqual([whole.detection, whole.detectedAfterMs, whole.lost], ["seen", 20, 5]);
  assert.equal(whole.recovery, "seen");
  const [none] = groupFaults(
    [1, 2].map((id) => record({ backend: id, detection: "never", detectedAfterMs: null })),
  );
  assert.deepEqual([none?.whole.detection, none?.whole.detectedAfterMs], ["never", null]);
});
