import assert from "node:assert/strict";
import { test } from "node:test";
import { createDispatcher } from "../../balancers/dispatcher.ts";
import { NATIVE } from "../../balancers/parity.ts";
import { createBackground } from "./background.ts";
import { checkHealth } from "./health.ts";
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

test("an error status fails a check, and so does an answer that comes too late, although the requests themselves do not", () => {
  const busy = { backends: { workers: 64, service: { type: "constant", value: "1ms" } } };
  const traffic = { arrivals: { type: "constant", rate: 200 }, duration: "40s" };
  for (const fault of [
    { type: "error", status: 500 },
    { type: "latency", latency: `${timeoutMs + 500}ms` },
  ]) {
    const over = { ...busy, traffic, faults: [{ at: "10s", for: "20s", backend: 1, ...fault }] };
    const during = (seconds: readonly number[]) => seconds.filter((at) => at > 20 && at < 29);
    assert.equal(during(attemptsAtFirst(over, "native")).length, 0, fault.type);
    assert.ok(during(attemptsAtFirst(over, "parity")).length > 100, fault.type);
  }
});

test("while a check is under way no second one is made", () => {
  const background = createBackground();
  let checks = 0;
  const arrive = (_backend: number, now: number) => {
    checks += 1;
    return { ticket: 0, end: "answered", atMs: now + 350, status: 200, queueMs: 0, serviceMs: 350 } as const;
  };
  const dispatcher = createDispatcher({ algorithm: { pick: () => 0 }, weights: [1], ejection: null, now: 0 });
  const rule = { intervalMs: 100, timeoutMs: 1_000, rise: 1, fall: 1 };
  checkHealth(
    { fleet: { arrive, isSilent: () => false }, dispatcher, background, rule, hopMs: 0, startsAt: 0 },
    1,
  );
  while (background.nextMs < 1_000) background.next();
  // At 0, 400 and 800: those in between find one under way.
  assert.equal(checks, 3);
});
