import { z } from "zod";
import { defineArrivals, oneVolume, volume } from "./process.ts";

/** Evenly spaced requests: number n is due at n / rate exactly, so rounding never adds up. */
export const constant = defineArrivals({
  name: "constant",
  summary: "Evenly spaced requests, the first at once.",
  schema: z.strictObject({ type: z.literal("constant"), ...volume }).superRefine(oneVolume),
  *instants(_spec, perSecond) {
    for (let n = 0; ; n += 1) yield (n * 1_000) / perSecond;
  },
});
