import { z } from "zod";
import { flat } from "./curve.ts";
import { defineArrivals, oneVolume, volume } from "./process.ts";

/** Evenly spaced requests: number n is due at n / rate exactly, so rounding never adds up. */
export const constant = defineArrivals({
  name: "constant",
  summary: "Evenly spaced requests, the first at once.",
  schema: z.strictObject({ type: z.literal("constant"), ...volume }).superRefine(oneVolume),
  course: (spec, { perSecond }) => ({ rate: flat(perSecond(spec)), spacing: "constant" }),
});
