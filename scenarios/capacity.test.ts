import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AlgorithmTraits, capacityOf, isSteady, plannedRates, unstableAlgorithms } from "./capacity.ts";
import { type Scenario, scenarioSchema } from "./scenario.ts";

function definitionOf(
  backends: object,
  traffic: object,
  algorithms: readonly string[] = ["round-robin"],
): object {
  return {
    name: "x",
    title: "x",
    backends: { count: 4, service: { type: "exponential", mean: "20ms" }, ...backends },
    traffic: { model: "open", arrivals: { type: "poisson", load: 0.5 }, ...traffic },
    contestants: { balancers: ["builtin"], algorithms },
  };
}

const scenario = (...of: Parameters<typeof definitionOf>): Scenario =>
  scenarioSchema.parse(definitionOf(...of));

const load = (value: number) => ({ arrivals: { type: "poisson", load: value } });
const slowFirst = { override: [{ backend: 1, speed: 0.5 }] };
const TRAITS: readonly AlgorithmTraits[] = [
  { name: "round-robin", family: "static", weighted: false },
  { name: "weighted-round-robin", family: "static", weighted: true },
  { name: "ip-hash", family: "by-key", weighted: false },
  { name: "least-connections", family: "by-load", weighted: false },
];
const ALL = TRAITS.map(({ name }) => name);
const unstable = (s: Scenario) => unstableAlgorithms(s, TRAITS).map(({ algorithm }) => algorithm);

test("capacity is workers x threads x speed / mean demand, summed over backends", () => {
  assert.equal(capacityOf(scenario({}, {})).perSecond, 200);
  assert.equal(capacityOf(scenario(slowFirst, {})).perSecond, 175);
  const big = { mode: "gthread", workers: 2, threads: 3, override: [{ backend: 4, workers: 1, speed: 2 }] };
  assert.equal(capacityOf(scenario(big, {})).perSecond, 50 * (6 + 6 + 6 + 6));
  assert.equal(capacityOf(scenario(big, {})).backends[3]!.slots, 3);
  assert.deepEqual(plannedRates(scenario(slowFirst, {})), {
    mean: 87.5,
    lowest: 87.5,
    peak: 87.5,
    start: 87.5,
  });
});

test("the demand of a mix is weighted by how often each request comes", () => {
  const requests = [
    { name: "a", weight: 3 },
    { name: "b", weight: 1, service: { type: "constant", value: "100ms" } },
  ];
  const { meanDemandMs, perSecond } = capacityOf(scenario({}, { requests }));
  assert.equal(meanDemandMs, 40);
  assert.equal(perSecond, 100);
});

test("a closed loop plans no rate and overloads nobody for good", () => {
  const closed = scenario(slowFirst, {});
  const traffic = scenarioSchema.shape.traffic.parse({ model: "closed", connections: 500 });
  assert.equal(plannedRates({ ...closed, traffic }), null);
  assert.equal(isSteady({ ...closed, traffic }), false);
  assert.deepEqual(unstable({ ...closed, traffic }), []);
});

test("an equal share is unstable from the load at which a slow backend cannot serve it", () => {
  assert.deepEqual(unstable(scenario(slowFirst, load(0.57), ALL)), []);
  const [first, ...rest] = unstableAlgorithms(scenario(slowFirst, load(0.6), ALL), TRAITS);
  assert.deepEqual(first, {
    algorithm: "round-robin",
    reason: "backend 1 is sent 25 % of the requests, 26.3/s, and can serve 25/s",
  });
  assert.deepEqual(
    rest.map(({ algorithm }) => algorithm),
    ["weighted-round-robin", "ip-hash"],
  );
});

test("weights that follow the speeds keep the algorithms stable that follow the weights", () => {
  const weighted = { override: [{ backend: 1, speed: 0.5, weight: 0.5 }] };
  assert.deepEqual(unstable(scenario(weighted, load(0.9), ALL)), ["round-robin", "ip-hash"]);
});

test("who is a backend, and with which weight, is taken over the window: a backend by what it is sent while it is there", () => {
  const changed = (value: number, membership: readonly unknown[], backends: object = {}): Scenario =>
    scenarioSchema.parse({ ...definitionOf(backends, { ...load(value), duration: "10s" }, ALL), membership });
  const removed = [
    { change: "remove", at: "2s", backend: 3 },
    { change: "remove", at: "2s", backend: 4 },
  ];
  // Two of four from a fifth of the window on: (4 + 4 x 2) / 20 of what all can do.
  assert.deepEqual(unstable(changed(0.5, removed)), []);
  assert.deepEqual(unstable(changed(0.61, removed)), ALL);
  assert.match(
    unstableAlgorithms(changed(0.61, removed), TRAITS)[0]!.reason,
    /^122 requests.s are offered and all backends together can serve 120$/,
  );
  const late = [{ change: "add", at: "5s", backend: 1 }];
  assert.match(
    unstableAlgorithms(changed(0.65, late, slowFirst), TRAITS)[0]!.reason,
    /^backend 1 is sent 25 % of the requests while it is there, 28.4.s, and can serve 25.s$/,
  );
  // The slow one is removed before anything is sent to it.
  assert.deepEqual(unstable(changed(0.65, [{ change: "remove", at: "0s", backend: 1 }], slowFirst)), []);
  assert.deepEqual(unstable(changed(0.65, [], slowFirst)), [
    "round-robin",
    "weighted-round-robin",
    "ip-hash",
  ]);
  const heavy = [{ change: "weight", at: "5s", backend: 2, weight: 6 }];
  assert.deepEqual(unstable(changed(0.5, heavy)), []);
  assert.deepEqual(unstable(changed(0.9, heavy)), ["weighted-round-robin"]);
});

test("from the capacity of all backends on every algorithm is unstable", () => {
  for (const value of [1, 1.3]) assert.deepEqual(unstable(scenario({}, load(value), ALL)), ALL);
  assert.match(
    unstableAlgorithms(scenario({}, load(1.3), ALL), TRAITS)[0]!.reason,
    /^260 requests\/s are offered and all backends together can serve 200$/,
  );
});

test("only algorithms of the scenario are marked, and none below an equal share of equal backends", () => {
  assert.deepEqual(unstable(scenario(slowFirst, load(0.9))), ["round-robin"]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.double({ min: 0.01, max: 0.999, noNaN: true }),
      (count, value) => {
        assert.deepEqual(unstable(scenario({ count }, load(value), ALL)), []);
      },
    ),
  );
});

test("of a rate that changes, the mean over the window decides whether it overloads for good", () => {
  const spike = (peak: number) => ({
    arrivals: { type: "spike", base: { load: 0.4 }, peak: { load: peak }, at: "2s", for: "2s" },
    duration: "10s",
  });
  const twice = scenario({}, spike(2), ALL);
  assert.deepEqual(plannedRates(twice), { mean: 0.72 * 200, lowest: 80, peak: 400, start: 80 });
  assert.equal(isSteady(twice), false);
  assert.deepEqual(unstable(twice), []);
  const [found] = unstableAlgorithms(scenario({}, spike(3.5), ALL), TRAITS);
  assert.equal(
    found?.reason,
    "204 requests/s are offered on average and all backends together can serve 200",
  );
});
