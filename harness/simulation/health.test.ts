import assert from "node:assert/strict";
import { test } from "node:test";
import { NATIVE } from "../../balancers/parity.ts";
import { scenarioOf } from "./sketch.ts";
import { playAll } from "./testkit.ts";

/** Seconds at which attempts at backend 1 start. */
function attemptsAtFirst(over: object, tuning: "parity" | "native"): number[] {
  const seconds: number[] = [];
  const scenario = scenarioOf({ traffic: { duration: "40s" }, ...over });
  playAll(
    scenario,
    "round-robin",
    1,
    () => undefined,
    {
      attempt: (backend, atMs) => {
        if (backend === 1) seconds.push(atMs / 1_000);
      },
    },
    tuning,
  );
  return seconds;
}

const { intervalMs, timeoutMs, rise, fall } = NATIVE.health;

test("checks find a backend that hangs, and find it well again", () => {
  // Reads time out after 4 s and three of them in a row would eject it, so it is the checks that are quicker here.
  const seconds = attemptsAtFirst(
    { faults: [{ type: "pause", at: "10s", for: "10s", backend: 1 }] },
    "native",
  );
  const detectedBy = 10 + (fall * intervalMs + timeoutMs) / 1_000;
  const during = seconds.filter((at) => at > 10 && at < 20);
  assert.ok(
    during.some((at) => at < 10 + ((fall - 1) * intervalMs) / 1_000),
    "not before the checks have failed",
  );
  assert.ok(during.every((at) => at < detectedBy));
  const back = seconds.find((at) => at > 20) as number;
  assert.ok(back > 20 + ((rise - 1) * intervalMs) / 1_000, "not before the checks have passed");
  assert.ok(back < 20 + ((rise + 1) * intervalMs + timeoutMs) / 1_000);
});

test("a check is one request that waits for a worker: a backend without one to spare fails it", () => {
  const over = { faults: [{ type: "hang", at: "10s", for: "15s", backend: 1 }] };
  assert.ok(attemptsAtFirst(over, "native").filter((at) => at > 18 && at < 24).length === 0);
});

test("without checks a backend that stands still gets requests until one of them was silent for too long", () => {
  const over = { faults: [{ type: "pause", at: "10s", for: "3s", backend: 1 }] };
  assert.ok(attemptsAtFirst(over, "parity").some((at) => at > 12 && at < 13));
});
