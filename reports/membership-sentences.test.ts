import assert from "node:assert/strict";
import { test } from "node:test";
import { membershipTexts } from "./membership-sentences.ts";
import type { MembershipRecord, TrialRecord } from "./record.ts";

const trial = (
  balancer: string,
  membership: readonly MembershipRecord[],
  engine: TrialRecord["engine"] = "live",
): TrialRecord => ({ engine, balancer, membership }) as Partial<TrialRecord> as TrialRecord;

const removed = (doneAt: number | null): MembershipRecord => ({
  change: "remove",
  backend: 3,
  at: 2_000,
  doneAt,
});

test("a change is said with the slowest trial of each balancer", () => {
  const trials = [
    trial("nginx", [removed(2_100)]),
    trial("nginx", [removed(2_120)]),
    trial("haproxy", [removed(2_001)]),
  ];
  assert.deepEqual(membershipTexts(trials), [
    "Membership: backend 3 is removed at 2 s, in force after 120 ms (nginx) and after 1 ms (haproxy).",
  ]);
});

test("a change that was not made is not passed over", () => {
  const [text] = membershipTexts([trial("nginx", [removed(2_100)]), trial("nginx", [removed(null)])]);
  assert.equal(text, "Membership: backend 3 is removed at 2 s, in force not in every trial of nginx.");
});

test("in a simulation it is in force at once, and without changes there is nothing to say", () => {
  const weighed: MembershipRecord = { change: "weight", backend: 1, weight: 5, at: 500, doneAt: 500 };
  assert.deepEqual(membershipTexts([trial("builtin", [weighed], "simulation")]), [
    "Membership: backend 1 gets weight 5 at 500 ms.",
  ]);
  assert.deepEqual(membershipTexts([trial("builtin", [])]), []);
});
