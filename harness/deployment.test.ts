import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { createStation } from "../backends/station/station.ts";
import { closedLoop, requestOf } from "../backends/station/testing.ts";
import { capacityOf } from "../scenarios/capacity.ts";
import { hasStation } from "../scenarios/stations.ts";
import { deploymentOf } from "./deployment.ts";
import { scenarioOf } from "./simulation/sketch.ts";
import { createWork } from "./traffic/work.ts";

const lognormal = (median: string) => ({ type: "lognormal", median, sigma: 0.3 });
const PARTS = { cpu: lognormal("4ms"), io: { type: "exponential", mean: "10ms" } };
const LOGIN = { cpu: lognormal("2ms"), gilFree: lognormal("30ms") };

/** Settings with what the formula may be off: 0.02 where it is exact, more where it is a bound. */
const SETTINGS: readonly { readonly what: string; readonly backends: object; readonly off: number }[] = [
  {
    what: "three workers on two cores",
    backends: { workers: 3, cores: 2, service: lognormal("8ms") },
    off: 0.02,
  },
  {
    what: "ten workers on two cores, waiting in between",
    backends: { workers: 10, cores: 2, service: PARTS },
    off: 0.02,
  },
  {
    what: "four threads, one lock",
    backends: { mode: "gthread", threads: 4, gil: {}, service: lognormal("8ms") },
    off: 0.02,
  },
  {
    what: "four threads, one lock, waiting in between",
    backends: { mode: "gthread", threads: 4, gil: { overhead: 1.2 }, service: PARTS },
    off: 0.02,
  },
  {
    what: "hashing threads on two cores",
    backends: { mode: "gthread", threads: 4, gil: {}, cores: 2, service: LOGIN },
    off: 0.05,
  },
  { what: "an event loop", backends: { mode: "async", service: PARTS }, off: 0.02 },
  {
    what: "two event loops on one core",
    backends: { mode: "async", workers: 2, cores: 1, service: PARTS },
    off: 0.02,
  },
  {
    what: "a pool that is too small",
    backends: { workers: 8, database: { pool: 2 }, service: PARTS },
    off: 0.02,
  },
  {
    what: "workers that are replaced",
    backends: {
      workers: 2,
      maxRequests: 50,
      maxRequestsJitter: 20,
      boot: "300ms",
      coldStart: { factor: 3, hits: 4 },
      service: lognormal("8ms"),
    },
    off: 0.02,
  },
  {
    what: "workers that stand still now and then",
    backends: {
      workers: 2,
      gcPause: { every: { type: "exponential", mean: "400ms" }, for: { type: "constant", value: "100ms" } },
      service: lognormal("8ms"),
    },
    off: 0.04,
  },
  {
    what: "work of gunicorn's own",
    backends: { workers: 2, overhead: "1ms", service: lognormal("2ms") },
    off: 0.02,
  },
];

for (const { what, backends, off } of SETTINGS) {
  test(`load 1 is what a backend completes when somebody always waits: ${what}`, () => {
    const scenario = scenarioOf({ backends: { count: 1, ...backends }, traffic: { timeout: "60s" } });
    const deployment = deploymentOf(scenario.backends, 1);
    if (!("station" in deployment)) throw new Error("nothing is shared");
    const station = createStation({ deployment, zeroMs: 0, standstills: [], rng: createRng(1) });
    const work = createWork(scenario.traffic, scenario.backends.service, 1);
    const users = deployment.mode === "async" ? 400 : 60;
    const played = closedLoop(station, users, 120_000, (k) => {
      const { demandUs, ioUs, gilFreeUs } = work.of(k);
      const [ioMs, gilFreeMs] = [ioUs / 1_000, gilFreeUs / 1_000];
      return requestOf({ cpuMs: demandUs / 1_000 - ioMs - gilFreeMs, ioMs, gilFreeMs });
    });
    const { perSecond } = capacityOf(scenario);
    assert.ok(
      Math.abs(played.perSecond / perSecond - 1) < off,
      `${played.perSecond.toFixed(1)} per second, capacity ${perSecond.toFixed(1)}`,
    );
  });
}

test("what needs no station has none: departures are known on arrival", () => {
  const plain = scenarioOf({
    backends: { mode: "gthread", workers: 2, threads: 2, boot: "1s", keepalive: "5s" },
  });
  assert.equal(hasStation(plain), false);
  assert.deepEqual(deploymentOf(plain.backends, 1), { mode: "gthread", workers: 2, threads: 2, speed: 1 });
});

test("cores of one backend make a station of that one alone", () => {
  const scenario = scenarioOf({ backends: { workers: 2, override: [{ backend: 2, cores: 1 }] } });
  const { backends } = scenario;
  assert.equal(hasStation(scenario), true);
  assert.deepEqual(
    [1, 2].map((id) => "station" in deploymentOf(backends, id)),
    [false, true],
  );
});
