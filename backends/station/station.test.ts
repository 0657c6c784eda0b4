import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createDistribution, type DistributionSpec } from "#kernel/distribution.ts";
import { createRng } from "#kernel/rng.ts";
import { createService, type Deployment, type Played } from "../service.ts";
import type { WorkerLife } from "./job.ts";
import type { StationSpec } from "./spec.ts";
import { departures, requestOf, stationOf } from "./testing.ts";

const work = fc
  .array(
    fc.record({
      gap: fc.double({ min: 0, max: 50, noNaN: true }),
      demand: fc.double({ min: 0.001, max: 100, noNaN: true }),
      draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      slowdown: fc.constantFrom(1, 3),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    let at = 0;
    return steps.map((step) => {
      at += step.gap;
      return { at, ...step };
    });
  });
const deployments: fc.Arbitrary<Deployment> = fc.record({
  mode: fc.constantFrom("sync" as const, "gthread" as const),
  workers: fc.integer({ min: 1, max: 4 }),
  threads: fc.integer({ min: 1, max: 3 }),
  speed: fc.constantFrom(1, 0.7, 3),
});
const stops = [
  { fromMs: 40, toMs: 90 },
  { fromMs: 200, toMs: 203 },
];

test("without limits it is the queue with known departures, bit for bit", () => {
  fc.assert(
    fc.property(work, deployments, (requests, deployment) => {
      const service = createService(deployment, stops);
      const station = stationOf(deployment, {}, { standstills: stops });
      const wanted = requests.map(({ at, demand, draw, slowdown }) => {
        const play = (): Played => ({ slowdown });
        station.arrive(at, requestOf(demand, { draw, play }));
        const { startMs, departureMs } = service.arrive(at, demand, service.accept(draw), play);
        return { startMs, departureMs };
      });
      const found = departures(station)
        .sort((a, b) => a.ticket - b.ticket)
        .map(({ startMs, departureMs }) => ({ startMs, departureMs }));
      assert.deepEqual(found, wanted);
    }),
  );
});

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean time in system of an open Poisson stream at `rho`, unit mean service. */
function sharedProcessor(rho: number, spec: DistributionSpec): number {
  const REQUESTS = 200_000;
  const station = stationOf({ mode: "gthread", threads: 10_000 }, { gilOverhead: 1 });
  const service = createDistribution(spec);
  const [gaps, sizes] = [createRng(1).fork("gaps"), createRng(1).fork("sizes")];
  const times: number[] = [];
  const sent: number[] = [];
  const collect = (): void => {
    for (let gone = station.take(); gone !== null; gone = station.take())
      times.push(gone.departureMs - (sent[gone.ticket] as number));
  };
  let now = 0;
  for (let k = 0; k < REQUESTS; k++) {
    now += -Math.log1p(-gaps.next()) / rho;
    sent[station.arrive(now, requestOf(service.sample(sizes)))] = now;
    collect();
  }
  return mean(times);
}

const SIZES: readonly DistributionSpec[] = [
  { type: "constant", value: 1 },
  { type: "exponential", mean: 1 },
  {
    type: "bimodal",
    share: 0.1,
    low: { type: "constant", value: 0.5 },
    high: { type: "constant", value: 5.5 },
  },
];

for (const spec of SIZES) {
  test(`one processor shared by all: T = S / (1 - rho), whatever the distribution (${spec.type})`, () => {
    for (const rho of [0.5, 0.7]) {
      const time = sharedProcessor(rho, spec);
      assert.ok(
        Math.abs(time * (1 - rho) - 1) < 0.03,
        `rho ${rho}: ${time.toFixed(3)}, ${1 / (1 - rho)} expected`,
      );
    }
  });
}

test("work is conserved: however it is shared, a core that is needed is used", () => {
  fc.assert(
    fc.property(
      work,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(1, 2, 1.5),
      (requests, workers, cores) => {
        const station = stationOf({ workers }, { cores });
        for (const { at, demand } of requests) station.arrive(at, requestOf(demand));
        const last = Math.max(...departures(station).map(({ departureMs }) => departureMs));
        const total = requests.reduce((sum, { demand }) => sum + demand, 0);
        assert.ok(Math.abs(station.usedMs(last) - total) < 1e-6 * total);
      },
    ),
  );
});

test("a lock is shared, and the overhead is paid only while somebody competes", () => {
  const station = stationOf({ mode: "gthread", threads: 2 }, { gilOverhead: 1.5 });
  station.arrive(0, requestOf(100));
  station.arrive(40, requestOf(10));
  // 60 and 10 are left: the short one gets a third of the time and needs 30 ms, in which the long one does 10 ms as well.
  assert.deepEqual(
    departures(station).map(({ departureMs }) => Math.round(departureMs * 1e6) / 1e6),
    [70, 120],
  );
});

test("hashing leaves the lock to others and takes a core", () => {
  const two = stationOf({ mode: "gthread", threads: 2 }, { gilOverhead: 1.5, cores: 2 });
  const one = stationOf({ mode: "gthread", threads: 2 }, { gilOverhead: 1.5, cores: 1 });
  for (const station of [two, one]) {
    station.arrive(0, requestOf({ gilFreeMs: 100 }));
    station.arrive(0, requestOf(100));
  }
  assert.deepEqual(
    departures(two).map(({ departureMs }) => departureMs),
    [100, 100],
  );
  assert.deepEqual(
    departures(one).map(({ departureMs }) => departureMs),
    [200, 200],
  );
});

test("io holds a worker and no core", () => {
  const station = stationOf({ workers: 2 }, { cores: 1 });
  station.arrive(0, requestOf({ ioMs: 100 }));
  station.arrive(0, requestOf(100));
  station.arrive(0, requestOf(10));
  assert.deepEqual(
    departures(station).map(({ startMs, departureMs }) => [startMs, departureMs]),
    [
      [0, 100],
      [0, 100],
      [100, 110],
    ],
  );
});

test("an event loop waits side by side and computes one by one, each to its end", () => {
  const station = stationOf({ mode: "async" }, { workerConnections: 1_000 });
  for (let k = 0; k < 3; k++) station.arrive(0, requestOf({ cpuMs: 20, ioMs: 100 }));
  // 10 ms before and 10 ms after the wait: at 10, 20, 30 they begin to wait, and end as they come back.
  assert.deepEqual(
    departures(station).map(({ departureMs }) => departureMs),
    [120, 130, 140],
  );
});

test("an event loop takes no more connections than it is told; the others wait in the kernel", () => {
  const station = stationOf({ mode: "async" }, { workerConnections: 2 });
  for (let k = 0; k < 3; k++) station.arrive(0, requestOf({ ioMs: 100 }));
  assert.deepEqual(
    departures(station).map(({ startMs, departureMs }) => [startMs, departureMs]),
    [
      [0, 100],
      [0, 100],
      [100, 200],
    ],
  );
});

test("a database connection is kept from the first io to the end of the request", () => {
  const database = { pool: 1, mode: "wait" as const, waitTimeoutMs: 30_000 };
  const station = stationOf({ workers: 3 }, { database });
  station.arrive(0, requestOf({ cpuMs: 20, ioMs: 80 }));
  station.arrive(0, requestOf({ cpuMs: 20, ioMs: 80 }));
  station.arrive(0, requestOf(200));
  assert.deepEqual(
    departures(station).map(({ ticket, departureMs }) => [ticket, departureMs]),
    [
      [1, 100],
      [2, 190],
      [3, 200],
    ],
  );
});

test("who waits too long for a connection fails, and the next one in line is not forgotten", () => {
  const database = { pool: 1, mode: "wait" as const, waitTimeoutMs: 50 };
  const station = stationOf({ workers: 3 }, { database });
  station.arrive(0, requestOf({ ioMs: 100 }));
  station.arrive(20, requestOf({ ioMs: 100 }));
  station.arrive(60, requestOf({ ioMs: 100 }));
  assert.deepEqual(
    departures(station).map(({ ticket, departureMs, played }) => [ticket, departureMs, played]),
    [
      [2, 70, { status: 500 }],
      [1, 100, {}],
      [3, 200, {}],
    ],
  );
});

test("a killed worker gives its database connection back", () => {
  const database = { pool: 1, mode: "wait" as const, waitTimeoutMs: 30_000 };
  const station = stationOf({ workers: 2 }, { database, timeoutMs: 1_500, timeoutLook: "empty" });
  station.arrive(0, requestOf({ ioMs: 1e6 }));
  station.arrive(1_400, requestOf({ ioMs: 10 }));
  const [killed, served] = departures(station, 10_000);
  assert.deepEqual([killed?.played, served?.played], [{ empty: true }, {}]);
  assert.equal(served?.departureMs, (killed?.departureMs as number) + 10);
});

test("the first requests of a worker are slower, and of the one that comes after it", () => {
  const station = stationOf({}, { coldStart: { factor: 3, hits: 2 }, maxRequests: 3 });
  for (let k = 0; k < 5; k++) station.arrive(0, requestOf(10));
  assert.deepEqual(
    departures(station).map(({ departureMs }) => departureMs),
    [30, 60, 70, 380, 410],
  );
});

test("a worker that boots needs a core like everybody else", () => {
  const station = stationOf(
    { workers: 2 },
    { cores: 1, maxRequests: 1, boot: { type: "constant", value: 100 } },
  );
  station.arrive(0, requestOf(10));
  station.arrive(0, requestOf(110));
  station.arrive(20, requestOf(1));
  // From 20 on a boot shares the core with 100 ms of work: both are done 200 ms later.
  const third = departures(station).find(({ ticket }) => ticket === 3);
  assert.equal(third?.startMs, 220);
});

test("a slow client holds a sync worker, a thread for five seconds, and an event loop not at all", () => {
  const startOfNext = (mode: Deployment["mode"]): number | undefined => {
    const station = stationOf({ mode });
    station.arrive(0, requestOf(10, { readyMs: 8_000 }));
    station.arrive(0, requestOf(10));
    const left = departures(station);
    assert.equal(left.find(({ ticket }) => ticket === 1)?.departureMs, 8_010);
    return left.find(({ ticket }) => ticket === 2)?.startMs;
  };
  assert.equal(startOfNext("sync"), 8_010);
  assert.equal(startOfNext("gthread"), 5_000);
  assert.equal(startOfNext("async"), 0);
});

test("a pause of one worker stops its work and nobody else's, and no time of it is lost", () => {
  const gcPause = { every: { type: "constant", value: 100 }, for: { type: "constant", value: 30 } } as const;
  const station = stationOf({}, { gcPause });
  station.arrive(0, requestOf(150));
  station.arrive(0, requestOf(10));
  assert.deepEqual(
    departures(station).map(({ departureMs }) => departureMs),
    [180, 190],
  );
});

test("luck is a function of seed, purpose and worker: what is drawn for one purpose changes no other", () => {
  const spec: Partial<StationSpec> = {
    maxRequests: 5,
    maxRequestsJitter: 20,
    boot: { type: "exponential", mean: 50 },
    gcPause: { every: { type: "exponential", mean: 300 }, for: { type: "exponential", mean: 10 } },
  };
  const recycles = (more: Partial<StationSpec>, seed: number): string[] => {
    const lives: string[] = [];
    const left = ({ worker, life }: WorkerLife): void => void lives.push(`${worker}/${life} after ${served}`);
    const station = stationOf({}, { ...spec, ...more }, { rng: createRng(seed), left });
    let served = 0;
    const playUntil = (now: number): void => {
      while (station.inFlight > 0 && station.nextMs <= now) {
        station.advance(station.nextMs);
        while (station.take() !== null) served += 1;
      }
    };
    for (let k = 0; k < 100; k++) {
      playUntil(k);
      station.arrive(k, requestOf(1));
    }
    playUntil(1e9);
    return lives;
  };
  assert.deepEqual(recycles({}, 1), recycles({ gcPause: null, boot: { type: "constant", value: 1 } }, 1));
  assert.notDeepEqual(recycles({}, 1), recycles({}, 2));
});
