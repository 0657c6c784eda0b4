import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createCalendar } from "./calendar.ts";
import { createEventQueue } from "./events.ts";

/** Plans and takes as told, and holds the queue against a sorted list. */
function compare(create: typeof createEventQueue, steps: readonly (number | "take")[]): void {
  const queue = create();
  const waiting: { readonly at: number; readonly number: number }[] = [];
  for (const [number, step] of steps.entries()) {
    if (step !== "take") {
      queue.plan(step, number);
      const after = waiting.findIndex(({ at }) => at > step);
      waiting.splice(after === -1 ? waiting.length : after, 0, { at: step, number });
    } else {
      const first = waiting.shift();
      if (first === undefined) assert.throws(() => queue.take(), /no event/);
      else assert.equal(queue.take(), first.number);
    }
    assert.equal(queue.nextMs, waiting[0]?.at ?? Number.POSITIVE_INFINITY);
  }
}

const take = fc.constant("take" as const);

for (const [name, create] of [
  ["heap", createEventQueue],
  ["calendar", createCalendar],
] as const) {
  test(`events come out of a ${name} by time, those of one instant in the order in which they were planned, whatever is planned in between`, () => {
    const instant = fc.oneof(
      fc.nat(9),
      fc.integer({ min: -50, max: 50 }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.constant(Number.POSITIVE_INFINITY),
    );
    for (const steps of [fc.oneof(instant, take), fc.oneof({ weight: 3, arbitrary: instant }, take)])
      fc.assert(
        fc.property(fc.array(steps, { maxLength: 2_000, size: "max" }), (list) => compare(create, list)),
        { numRuns: 60 },
      );
  });

  test(`a ${name} keeps its order while the events that wait become many, few, near and far`, () => {
    const phase = fc.record({
      plans: fc.integer({ min: 1, max: 3 }),
      takes: fc.integer({ min: 1, max: 3 }),
      rounds: fc.nat(400),
      scale: fc.constantFrom(1e-3, 1, 1e5),
    });
    const leads = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.array(phase, { maxLength: 8 }), leads, (phases, shares) => {
        const steps: (number | "take")[] = [];
        let now = 0;
        for (const { plans, takes, rounds, scale } of phases)
          for (let round = 0; round < rounds; round++) {
            for (let plan = 0; plan < plans; plan++)
              steps.push(now + scale * shares[steps.length % shares.length]!);
            for (let taken = 0; taken < takes; taken++) steps.push("take");
            now += scale / 10;
          }
        compare(create, steps);
      }),
      { numRuns: 60 },
    );
  });
}
