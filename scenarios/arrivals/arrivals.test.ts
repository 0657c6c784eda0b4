import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { createArrivals, meanRate, offeredRate } from "./arrivals.ts";
import { type ArrivalsSpec, arrivalsSchema } from "./registry.ts";

const SAMPLES = 20_000;
const WINDOW = 10_000;
const rateOf = (spec: ArrivalsSpec, capacity: number) =>
  meanRate(offeredRate(spec, { capacity, windowMs: WINDOW }), WINDOW);

function firstInstants(spec: ArrivalsSpec, capacity: number, seed: number, count = SAMPLES): number[] {
  const instants: number[] = [];
  for (const at of createArrivals(spec, { capacity, windowMs: WINDOW }, createRng(seed))) {
    instants.push(at);
    if (instants.length === count) break;
  }
  return instants;
}

const poisson = (rate: number): ArrivalsSpec => ({ type: "poisson", rate });
const gapsOf = (instants: readonly number[]) => instants.map((at, i) => at - (instants[i - 1] ?? 0));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]) => {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
};
const seeds = fc.integer({ min: 0, max: 2 ** 31 });

test("constant arrivals are due at n / rate exactly, however long they run", () => {
  const instants = firstInstants({ type: "constant", rate: 3 }, 1, 1, 300_001);
  assert.equal(instants[0], 0);
  assert.equal(instants[300_000], 100_000_000);
});

test("Poisson gaps have the mean 1 / rate and a coefficient of variation of 1", () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 20_000 }), (seed, rate) => {
      const gaps = gapsOf(firstInstants(poisson(rate), 1, seed));
      // Five standard errors: 1 / sqrt(n) for the mean, sqrt(2 / n) for the coefficient of variation.
      assert.ok(Math.abs((mean(gaps) * rate) / 1_000 - 1) < 5 / Math.sqrt(SAMPLES));
      assert.ok(Math.abs(Math.sqrt(variance(gaps)) / mean(gaps) - 1) < 5 * Math.sqrt(2 / SAMPLES));
    }),
    { numRuns: 20 },
  );
});

test("Poisson gaps follow the exponential distribution (Kolmogorov-Smirnov)", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const gaps = gapsOf(firstInstants(poisson(100), 1, seed)).sort((a, b) => a - b);
      let distance = 0;
      for (const [i, gap] of gaps.entries()) {
        const expected = 1 - Math.exp(-gap / 10);
        distance = Math.max(distance, Math.abs((i + 1) / gaps.length - expected), expected - i / gaps.length);
      }
      // 2.6 / sqrt(n) is exceeded by chance about three times in a million.
      assert.ok(distance < 2.6 / Math.sqrt(gaps.length), `distance ${distance}`);
    }),
    { numRuns: 20 },
  );
});

test("Poisson counts per interval have a dispersion of 1, and neighbouring gaps do not know each other", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const instants = firstInstants(poisson(1_000), 1, seed);
      const counts = new Array<number>(Math.floor(instants[instants.length - 1]! / 10)).fill(0);
      for (const at of instants) {
        const slot = Math.floor(at / 10);
        if (slot < counts.length) counts[slot] = counts[slot]! + 1;
      }
      assert.ok(Math.abs(variance(counts) / mean(counts) - 1) < 5 * Math.sqrt(2 / counts.length));
      const gaps = gapsOf(instants);
      const centre = mean(gaps);
      const products = gaps.slice(1).map((gap, i) => (gap - centre) * (gaps[i]! - centre));
      assert.ok(Math.abs(mean(products) / variance(gaps)) < 5 / Math.sqrt(gaps.length));
    }),
    { numRuns: 20 },
  );
});

test("due times start at or after 0, never decrease, and depend on the seed alone", () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom("constant" as const, "poisson" as const), (seed, type) => {
      const spec: ArrivalsSpec = { type, rate: 250 };
      const instants = firstInstants(spec, 1, seed, 500);
      assert.ok(instants.every((at, i) => at >= (instants[i - 1] ?? 0)));
      assert.deepEqual(firstInstants(spec, 1, seed, 500), instants);
    }),
  );
  assert.notDeepEqual(firstInstants(poisson(1), 1, 1, 5), firstInstants(poisson(1), 1, 2, 5));
});

test("load is a share of the capacity and makes the same timetable as the rate it stands for", () => {
  const spec = arrivalsSchema.parse({ type: "poisson", load: "70%" });
  assert.equal(rateOf(spec, 200), 140);
  assert.deepEqual(firstInstants(spec, 200, 7, 100), firstInstants(poisson(140), 1, 7, 100));
  assert.equal(rateOf(arrivalsSchema.parse({ type: "constant", load: 1.5 }), 200), 300);
});

test("rate and load together, neither, and numbers at or below 0 are refused with the reason", () => {
  const messages = (input: unknown) =>
    (arrivalsSchema.safeParse(input).error?.issues ?? []).map((issue) => issue.message);
  const by = "rate (requests per second) or load (share of the capacity)";
  assert.deepEqual(messages({ type: "poisson", rate: 1, load: 1 }), [`give either ${by}, not both`]);
  assert.deepEqual(messages({ type: "constant" }), [`give ${by}`]);
  assert.deepEqual(messages({ type: "poisson", rate: -5 }), ["must be above 0 requests per second"]);
  for (const load of [0, -0.5, "-5%", "half", Number.NaN])
    assert.equal(messages({ type: "poisson", load }).length, 1);
});

test("a load without its percent sign is refused with what was probably meant, one beyond any sense with the limit", () => {
  const message = (load: unknown) =>
    arrivalsSchema.safeParse({ type: "poisson", load }).error?.issues.map((issue) => issue.message);
  const limit = "a load is at most 10 (1000%)";
  assert.deepEqual(message(50), [
    "50 is 50 times the capacity; did you mean 50%? A load is at most 10 (1000%)",
  ]);
  assert.deepEqual(message(5_000), [`5000 is 5000 times the capacity; ${limit}`]);
  assert.deepEqual(message("5000%"), [`"5000%" is 50 times the capacity; ${limit}`]);
  for (const load of [10, "1000%", "50%"]) assert.equal(message(load), undefined, `${load}`);
});

test("a rate that is no rate never becomes a timetable", () => {
  const first = (capacity: number) => firstInstants({ type: "poisson", load: 0.5 }, capacity, 1, 1);
  assert.throws(() => first(0), /arrival rate 0/);
  assert.throws(() => first(Number.POSITIVE_INFINITY), /Infinity/);
});
