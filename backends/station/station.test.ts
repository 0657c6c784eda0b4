import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createService, type Deployment, type Played } from "../service.ts";
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
