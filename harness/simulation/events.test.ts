import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createEventQueue } from "./events.ts";

test("events come out by time, those of one instant in the order in which they were planned, whatever is planned in between", () => {
  const steps = fc.array(fc.oneof(fc.nat(9), fc.constant("take" as const)), { maxLength: 3_000 });
  fc.assert(
    fc.property(steps, (steps) => {
      const queue = createEventQueue();
      const waiting: { readonly at: number; readonly number: number }[] = [];
      for (const [number, step] of steps.entries()) {
        if (step !== "take") {
          queue.plan(step, number);
          waiting.push({ at: step, number });
          continue;
        }
        waiting.sort((a, b) => a.at - b.at || a.number - b.number);
        const first = waiting.shift();
        assert.equal(queue.nextMs, first?.at ?? Number.POSITIVE_INFINITY);
        if (first === undefined) assert.throws(() => queue.take(), /no event/);
        else assert.equal(queue.take(), first.number);
      }
    }),
  );
});
