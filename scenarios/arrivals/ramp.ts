import { z } from "zod";
import { positiveDuration } from "#kernel/units.ts";
import { stretches } from "./curve.ts";
import { defineArrivals, level, spacing } from "./process.ts";

/** From one rate to another in a straight line. */
export const ramp = defineArrivals({
  name: "ramp",
  summary: "A rate that goes in a straight line from one level to another.",
  schema: z.strictObject({
    type: z.literal("ramp"),
    from: level.describe("at the start of the window"),
    to: level.describe("at the end; it stays there"),
    over: positiveDuration.optional().describe("how long it takes; default the whole window"),
    process: spacing,
  }),
  course({ from, to, over, process }, { perSecond, windowMs }) {
    const line = { forMs: over ?? windowMs, from: perSecond(from), to: perSecond(to) };
    return { rate: stretches([line], windowMs), spacing: process };
  },
});
