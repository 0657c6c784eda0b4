import assert from "node:assert/strict";
import { test } from "node:test";
import type { Availability } from "../../../balancers/balancer.ts";
import { type Case, overall } from "../outcome.ts";
import { hasLivePart, proveLive, QUICK } from "./prove.ts";

test("a balancer that is not on this machine is n/a, with the reason", async () => {
  const absent: Availability = { available: false, reason: "no haproxy on PATH.", advice: "Install it." };
  const cases: Case[] = [];
  await proveLive({
    size: QUICK,
    found: new Map([
      ["nginx", absent],
      ["haproxy", absent],
    ]),
    only: "live/queue/haproxy",
    signal: new AbortController().signal,
    untilMs: Number.POSITIVE_INFINITY,
    onProgress: () => undefined,
    onCases: (found) => cases.push(...found),
  });
  assert.deepEqual(
    cases.map(({ id, verdict, note }) => [id, verdict, note]),
    QUICK.algorithms.map((algorithm) => [
      `live/queue/haproxy/${algorithm}/0.5`,
      "n/a",
      "not on this machine: no haproxy on PATH.",
    ]),
  );
});

test("a part that there is no time for is not judged", async () => {
  const cases: Case[] = [];
  await proveLive({
    size: QUICK,
    found: new Map(),
    only: "",
    signal: new AbortController().signal,
    untilMs: 0,
    onProgress: () => assert.fail("something was played"),
    onCases: (found) => cases.push(...found),
  });
  assert.equal(overall(cases), "too busy to judge");
  assert.ok(cases.length > 5);
});

test("a part is chosen by any piece of its name", () => {
  for (const only of ["", "live", "queue/nginx", "stall"]) assert.equal(hasLivePart(only), true, only);
  for (const only of ["simulation", "md1", "stalls"]) assert.equal(hasLivePart(only), false, only);
});
