import { z } from "zod";
import { duration, positiveDuration } from "#kernel/units.ts";
import { type Stretch, stretches } from "./curve.ts";
import { defineArrivals, level, spacing } from "./process.ts";

/** A burst over a steady rate. */
export const spike = defineArrivals({
  name: "spike",
  summary: "A steady rate with one burst: at once up, at once down again.",
  schema: z.strictObject({
    type: z.literal("spike"),
    base: level.describe("before and after"),
    peak: level.describe("while it lasts"),
    at: duration.describe("when it begins, from the start of the window"),
    for: positiveDuration.describe("how long it lasts"),
    process: spacing,
  }),
  course({ base, peak, at, for: lasting, process }, { perSecond, windowMs }) {
    const steady = (forMs: number, rate: number): Stretch => ({ forMs, from: rate, to: rate });
    const [low, high] = [perSecond(base), perSecond(peak)];
    const before = at > 0 ? [steady(at, low)] : [];
    return {
      rate: stretches([...before, steady(lasting, high), steady(1, low)], windowMs),
      spacing: process,
    };
  },
});
