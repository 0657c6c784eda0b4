import assert from "node:assert/strict";
import { test } from "node:test";
import { closedTraffic } from "../live/load/testbed.ts";
import { scenarioOf } from "../simulation/sketch.ts";
import { playAll } from "../simulation/testkit.ts";
import { createThink } from "./think.ts";

type Closed = Parameters<typeof createThink>[0];

test("a pause follows from seed, user and request alone; window and warm-up have streams of their own", () => {
  const traffic = closedTraffic(50, { think: { type: "exponential", mean: 80 } }) as Closed;
  const think = createThink(traffic, 3);
  const pauses = Array.from({ length: 20_000 }, (_, i) => think.after(i % 50, Math.floor(i / 50), "window"));
  const mean = pauses.reduce((sum, each) => sum + each, 0) / pauses.length;
  assert.equal(think.meanMs, 80);
  // Five standard errors.
  assert.ok(Math.abs(mean / 80 - 1) < 5 / Math.sqrt(pauses.length), `mean ${mean}`);
  const again = createThink(traffic, 3);
  assert.equal(again.after(7, 11, "window"), pauses[11 * 50 + 7]);
  assert.notEqual(again.after(7, 11, "warmup"), again.after(7, 11, "window"));
  assert.notEqual(createThink(traffic, 4).after(7, 11, "window"), again.after(7, 11, "window"));
  assert.equal(createThink(closedTraffic(5, { think: 20 }) as Closed, 1).after(1, 1, "window"), 20);
});

test("exponential pauses before one exponential server complete what the machine-repair model says", () => {
  const [users, thinkMs, serviceMs] = [5, 40, 10];
  const scenario = scenarioOf({
    backends: { count: 1 },
    traffic: {
      model: "closed",
      connections: users,
      think: { type: "exponential", mean: `${thinkMs}ms` },
      warmup: "10s",
      duration: "600s",
      timeout: "1000s",
    },
  });
  let count = 0;
  playAll(scenario, "random", 1, () => {
    count += 1;
  });
  // P(no user at the server) of M/M/1//N: 1 / sum of N! / (N - k)! (service / think)^k.
  let term = 1;
  let sum = 1;
  for (let k = 0; k < users; k++) {
    term *= ((users - k) * serviceMs) / thinkMs;
    sum += term;
  }
  const perSecond = ((1 - 1 / sum) * 1_000) / serviceMs;
  assert.ok(Math.abs(count / 600 / perSecond - 1) < 0.01, `${count / 600} of ${perSecond}/s`);
});
