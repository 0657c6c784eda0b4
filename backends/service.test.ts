import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createService, type Deployment, type Played } from "./service.ts";

const one: Deployment = { mode: "sync", workers: 1, threads: 1, speed: 1 };
const nothing = (): Played => ({});

const arrivals = fc
  .array(
    fc.record({
      gap: fc.double({ min: 0, max: 50, noNaN: true }),
      demand: fc.double({ min: 0, max: 100, noNaN: true }),
    }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((steps) => {
    let at = 0;
    return steps.map(({ gap, demand }) => {
      at += gap;
      return { at, demand };
    });
  });

/** The same queue by looking at every earlier request instead of at when a server gets free. */
function departuresByCounting(work: readonly { at: number; demand: number }[], servers: number): number[] {
  const ends: number[] = [];
  for (const { at, demand } of work) {
    const later = ends.filter((end) => end > at).sort((a, b) => a - b);
    const start = later.length < servers ? at : (later[later.length - servers] as number);
    ends.push(start + demand);
  }
  return ends;
}

test("an idle worker starts at once and speed divides the demand", () => {
  const service = createService({ ...one, speed: 0.5 });
  assert.deepEqual(service.arrive(100, 20, 0, nothing), {
    slot: 0,
    startMs: 100,
    departureMs: 140,
    played: {},
  });
});

test("M/D/1 by hand: requests every 6 ms that need 10 ms wait 0, 4, 8, 12 ms", () => {
  const service = createService(one);
  const waits = [0, 6, 12, 18].map((at) => service.arrive(at, 10, 0, nothing).startMs - at);
  assert.deepEqual(waits, [0, 4, 8, 12]);
});

test("three sync workers take three requests at once and the fourth waits for the first that is done", () => {
  const service = createService({ ...one, workers: 3 });
  const slots = [30, 10, 20, 5].map((demand) => service.arrive(0, demand, 0, nothing));
  assert.deepEqual(
    slots.map(({ slot }) => slot),
    [0, 1, 2, 1],
  );
  assert.equal(slots[3]?.startMs, 10);
});

test("a gthread worker has a queue of its own: one waits although another worker is idle", () => {
  const service = createService({ mode: "gthread", workers: 2, threads: 1, speed: 1 });
  assert.equal(service.accept(0), 0);
  assert.equal(service.accept(0.999), 1);
  service.arrive(0, 10, 0, nothing);
  assert.equal(service.arrive(0, 10, 0, nothing).startMs, 10);
  assert.deepEqual(service.arrive(0, 10, 1, nothing), { slot: 1, startMs: 0, departureMs: 10, played: {} });
});

test("sync workers share one queue, whatever the draw", () => {
  const service = createService({ ...one, workers: 4 });
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (draw) => service.accept(draw) === 0,
    ),
  );
});

test("departures agree with a queue recomputed from all earlier requests", () => {
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 5 }), (work, workers) => {
      const service = createService({ ...one, workers });
      const departures = work.map(({ at, demand }) => service.arrive(at, demand, 0, nothing).departureMs);
      const expected = departuresByCounting(work, workers);
      for (const [n, departure] of departures.entries()) {
        assert.ok(Math.abs(departure - (expected[n] as number)) < 1e-9);
      }
    }),
  );
});

test("requests of one FIFO start in the order in which they came, and never before they came", () => {
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 5 }), (work, workers) => {
      const service = createService({ ...one, workers });
      let last = Number.NEGATIVE_INFINITY;
      for (const { at, demand } of work) {
        const { startMs } = service.arrive(at, demand, 0, nothing);
        assert.ok(startMs >= at && startMs >= last);
        last = startMs;
      }
    }),
  );
});

test("work is conserved: a request waits only while every worker is busy, and busy time is the sum of the demands", () => {
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 4 }), (work, workers) => {
      const service = createService({ ...one, workers });
      const served = work.map(({ at, demand }) => ({ at, ...service.arrive(at, demand, 0, nothing) }));
      for (const { at, startMs } of served) {
        if (startMs === at) continue;
        const busy = new Set(served.filter((s) => s.startMs <= at && s.departureMs > at).map((s) => s.slot));
        assert.equal(busy.size, workers);
      }
      const busyMs = served.reduce((sum, s) => sum + s.departureMs - s.startMs, 0);
      const demandMs = work.reduce((sum, { demand }) => sum + demand, 0);
      assert.ok(Math.abs(busyMs - demandMs) < 1e-6);
    }),
  );
});

test("no slot serves two requests at once", () => {
  fc.assert(
    fc.property(
      arrivals,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      (work, workers, threads) => {
        const service = createService({ mode: "gthread", workers, threads, speed: 2 });
        const freeAt = new Map<number, number>();
        for (const [n, { at, demand }] of work.entries()) {
          const { slot, startMs, departureMs } = service.arrive(at, demand, n % workers, nothing);
          assert.ok(slot < workers * threads);
          assert.ok(startMs >= (freeAt.get(slot) ?? Number.NEGATIVE_INFINITY));
          freeAt.set(slot, departureMs);
        }
      },
    ),
  );
});

test("utilisation of a stable queue is rate times demand over workers", () => {
  const service = createService({ ...one, workers: 2 });
  let busyMs = 0;
  let end = 0;
  for (let n = 0; n < 1_000; n++) {
    const { startMs, departureMs } = service.arrive(n * 10, 14, 0, nothing);
    busyMs += departureMs - startMs;
    end = departureMs;
  }
  assert.ok(Math.abs(busyMs / (2 * end) - 0.7) < 0.01);
});

test("a slowdown holds the worker longer, so the next request waits longer", () => {
  const service = createService(one);
  service.arrive(0, 10, 0, () => ({ slowdown: 3 }));
  assert.equal(service.arrive(0, 10, 0, nothing).startMs, 30);
});

test("faults are asked about the instant at which service starts, not the arrival", () => {
  const service = createService(one);
  const asked: number[] = [];
  const play = (startMs: number): Played => {
    asked.push(startMs);
    return {};
  };
  service.arrive(0, 10, 0, play);
  service.arrive(1, 10, 0, play);
  assert.deepEqual(asked, [0, 10]);
});

test("a hanging request takes its worker until it is released, whatever its demand", () => {
  const service = createService(one);
  assert.equal(service.arrive(0, 5, 0, () => ({ hang: true, untilMs: 500 })).departureMs, 500);
  assert.equal(service.arrive(0, 5, 0, nothing).startMs, 500);
});

test("work stands still with the process: what was begun ends later by the whole standstill", () => {
  const service = createService(one, [
    { fromMs: 4, toMs: 104 },
    { fromMs: 107, toMs: 207 },
  ]);
  assert.equal(service.arrive(0, 4, 0, nothing).departureMs, 4);
  assert.equal(service.arrive(0, 10, 0, nothing).departureMs, 4 + 10 + 200);
  assert.equal(createService(one, [{ fromMs: 10, toMs: 20 }]).arrive(12, 3, 0, nothing).departureMs, 23);
  assert.equal(createService(one, [{ fromMs: 10, toMs: 20 }]).arrive(20, 3, 0, nothing).departureMs, 23);
});
