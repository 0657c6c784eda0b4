import assert from "node:assert/strict";
import { test } from "node:test";
import { createDemand, serviceSchema, totalOf } from "./demand.ts";
import { createDistribution, distributionSchema } from "./distribution.ts";
import { createRng } from "./rng.ts";

const exponential = { type: "exponential", mean: "20ms" };

test("a distribution by itself is all CPU, with the draws it always had", () => {
  const demand = createDemand(serviceSchema.parse(exponential));
  const plain = createDistribution(distributionSchema.parse(exponential));
  for (let k = 0; k < 100; k++) {
    const drawn = demand.sample(createRng(1).fork(k));
    assert.deepEqual(drawn, { cpuMs: plain.sample(createRng(1).fork(k)), ioMs: 0, gilFreeMs: 0 });
  }
  assert.deepEqual(demand.mean, { cpuMs: 20, ioMs: 0, gilFreeMs: 0 });
});

test("shares split one draw", () => {
  const demand = createDemand(serviceSchema.parse({ total: exponential, ioShare: "60%", gilFreeShare: 0.1 }));
  const whole = createDemand(serviceSchema.parse(exponential));
  for (let k = 0; k < 100; k++) {
    const drawn = demand.sample(createRng(1).fork(k));
    assert.ok(Math.abs(totalOf(drawn) - totalOf(whole.sample(createRng(1).fork(k)))) < 1e-9);
    assert.ok(Math.abs(drawn.ioMs - 0.6 * totalOf(drawn)) < 1e-9);
  }
  assert.deepEqual(demand.mean, { cpuMs: 6, ioMs: 12, gilFreeMs: 2 });
});

test("parts are drawn apart: what is said of one changes no other", () => {
  const cpu = { type: "lognormal", median: "8ms", sigma: 0.2 };
  const some = createDemand(serviceSchema.parse({ cpu, io: exponential }));
  const others = createDemand(serviceSchema.parse({ cpu: exponential, io: exponential, gilFree: cpu }));
  assert.equal(some.sample(createRng(3)).ioMs, others.sample(createRng(3)).ioMs);
  assert.equal(some.sample(createRng(3)).gilFreeMs, 0);
  assert.equal(some.mean.cpuMs, 8 * Math.exp(0.02));
});

test("shares of more than the whole are refused", () => {
  const wrong = serviceSchema.safeParse({ total: exponential, ioShare: 0.7, gilFreeShare: 0.4 });
  assert.equal(wrong.success, false);
});
