import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createDelayLine } from "./delay-line.ts";

test("items come out when they are due, those of one instant in the order they came", () => {
  const step = fc.record({ delay: fc.integer({ min: 0, max: 20 }), shifts: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 3_000, size: "max" }), (steps) => {
      const line = createDelayLine<number>();
      let waiting: { item: number; at: number }[] = [];
      const first = () =>
        waiting.reduce<(typeof waiting)[number] | undefined>(
          (best, each) => (best === undefined || each.at < best.at ? each : best),
          undefined,
        );
      for (const [now, { delay, shifts }] of steps.entries()) {
        line.push(now, now + delay);
        waiting.push({ item: now, at: now + delay });
        for (let i = 0; i < shifts; i++) {
          const next = first();
          assert.equal(line.nextUs, next?.at ?? Number.POSITIVE_INFINITY);
          const due = next !== undefined && next.at <= now ? next : undefined;
          assert.equal(line.shift(now), due?.item);
          waiting = waiting.filter((each) => each !== due);
        }
      }
    }),
    { numRuns: 30 },
  );
});
