import { z } from "zod";
import { positiveDuration } from "#kernel/units.ts";
import { type Stretch, stretches } from "./curve.ts";
import { defineArrivals, oneVolume, spacing, volume } from "./process.ts";

const step = z
  .strictObject({ for: positiveDuration.describe("how long this level lasts"), ...volume })
  .superRefine(oneVolume);

/** One level after the other. */
export const steps = defineArrivals({
  name: "steps",
  summary: "One rate after the other; the last one stays to the end of the window.",
  schema: z.strictObject({
    type: z.literal("steps"),
    levels: z.array(step).min(1).describe("in order, the first from the start of the window on"),
    process: spacing,
  }),
  course({ levels, process }, { perSecond, windowMs }) {
    const parts = levels.map((entry): Stretch => {
      const rate = perSecond(entry);
      return { forMs: entry.for, from: rate, to: rate };
    });
    return { rate: stretches(parts, windowMs), spacing: process };
  },
});
