import assert from "node:assert/strict";
import { test } from "node:test";
import { createSimulationEngine } from "../simulation/engine.ts";
import { scenarioOf } from "../simulation/sketch.ts";
import { plannedTrial } from "../simulation/test-trial.ts";
import { referencesOf, withRegret } from "./regret.ts";

const { signal } = new AbortController();
const busy = (over: object = {}) =>
  scenarioOf({
    backends: { count: 8, service: { type: "exponential", mean: "10ms" } },
    traffic: { arrivals: { type: "poisson", load: 0.8 }, duration: "60s" },
    ...over,
  });

async function play(scenario: ReturnType<typeof scenarioOf>, algorithm: string) {
  const stage = await createSimulationEngine().open(scenario, new AbortController().signal);
  const stand = await stage.prepare(plannedTrial(scenario, algorithm, 1), () => undefined);
  return withRegret(await stand.play(() => undefined), await referencesOf(scenario, 1, signal));
}

test("regret is about 1 for random routing, less the more an algorithm knows, and never below one central queue", async () => {
  const scenario = busy();
  const regrets: number[] = [];
  for (const algorithm of ["random", "power-of-two-choices", "least-connections"]) {
    const { regret, intervals } = await play(scenario, algorithm);
    assert.ok(regret !== null && intervals.regret !== null);
    assert.ok(intervals.regret[0] < regret && regret < intervals.regret[1]);
    regrets.push(regret);
  }
  const [random, two, least] = regrets as [number, number, number];
  assert.ok(Math.abs(random - 1) < 0.25, `random ${random}`);
  // (T - 1.286) / (5 - 1.286) with T = 2.11 and 1.46 (reference values at n = 8, load 0.8).
  assert.ok(Math.abs(two - 0.222) < 0.06, `two choices ${two}`);
  assert.ok(Math.abs(least - 0.047) < 0.03, `least connections ${least}`);
});

test("where the trace alone does not decide there is no regret", async () => {
  assert.equal(
    await referencesOf(busy({ faults: [{ type: "crash", at: "1s", for: "1s", backend: 1 }] }), 1, signal),
    null,
  );
  const scenario = busy();
  const closed = { ...scenario.traffic, model: "closed" as const, connections: 4, think: 0 };
  assert.equal(await referencesOf({ ...scenario, traffic: closed }, 1, signal), null);
  // Whatever the scenario compares.
  const slow = busy({
    contestants: { algorithms: ["round-robin"] },
    backends: { count: 4, override: [{ backend: 1, speed: 0.1 }] },
  });
  assert.equal(await referencesOf(slow, 1, signal), null, "random routing has no steady state here");
  const idle = busy({
    backends: { count: 8, workers: 8 },
    traffic: { arrivals: { type: "poisson", load: 0.1 } },
  });
  assert.equal((await play(idle, "random")).regret, null, "random routing loses nothing here");
});

test("a trial with failures has no regret", async () => {
  const scenario = busy();
  const trial = await play(scenario, "random");
  assert.equal(
    withRegret({ ...trial, errorRate: 0.01 }, await referencesOf(scenario, 1, signal)).regret,
    null,
  );
});
