import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createFlight, createWaiting, ENDS, type Flight } from "./flights.ts";

const time = fc.double({ min: -1e9, max: 1e9, noNaN: true });
const plain = { noNullPrototype: true };
/** The largest numbers that a scenario may bring about. */
const flight: fc.Arbitrary<Flight> = fc.record(
  {
    phase: fc.constantFrom("warmup", "window"),
    k: fc.nat(2 ** 32 - 1),
    type: fc.nat(255),
    client: fc.nat(15_999),
    user: fc.integer({ min: -1, max: 9_999 }),
    dueMs: time,
    demandMs: time,
    ioMs: fc.oneof(fc.constant(0), time),
    gilFreeMs: fc.oneof(fc.constant(0), time),
    clientMs: fc.oneof(fc.constant(0), time),
    ticket: fc.oneof(fc.constant(0), fc.nat(2 ** 40)),
    tried: fc.array(fc.nat(99_999), { maxLength: 3 }),
    attempt: fc.record(
      {
        backend: fc.nat(99_999),
        startedAt: time,
        trial: fc.boolean(),
        isSettled: fc.constant(false),
      },
      plain,
    ),
    end: fc.constantFrom(...ENDS),
    isServed: fc.constant(true),
    atMs: time,
    status: fc.nat(599),
    queueMs: time,
    serviceMs: time,
  },
  plain,
);

test("a flight is after its wait what it was before, whoever waits beside it and however often its place is used again", () => {
  const steps = fc.array(fc.oneof(flight, fc.nat(1_000)), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (steps) => {
      const waiting = createWaiting();
      const parked = new Map<number, Flight>();
      const found = createFlight();
      const fetch = (number: number): void => {
        waiting.fetch(number, found);
        assert.deepEqual(found, parked.get(number));
        parked.delete(number);
      };
      for (const step of steps) {
        if (typeof step !== "number") {
          const number = waiting.park(step);
          assert.ok(!parked.has(number), "no place is given twice");
          parked.set(number, step);
        } else if (parked.size > 0) fetch([...parked.keys()][step % parked.size] as number);
      }
      for (const number of [...parked.keys()]) fetch(number);
    }),
  );
});

test("more flights may wait than there was room for at first", () => {
  const waiting = createWaiting();
  const found = createFlight();
  for (let k = 0; k < 5_000; k++) waiting.park({ ...createFlight(), k });
  for (let k = 4_999; k >= 0; k--) {
    waiting.fetch(k, found);
    assert.equal(found.k, k);
  }
});
