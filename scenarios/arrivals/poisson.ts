import { z } from "zod";
import { flat } from "./curve.ts";
import { defineArrivals, oneVolume, volume } from "./process.ts";

/** Independent users: gaps are exponential with mean 1 / rate, so counts of any interval are Poisson. */
export const poisson = defineArrivals({
  name: "poisson",
  summary: "Independent users: exponential gaps, as many arrivals per second as rate says on average.",
  schema: z.strictObject({ type: z.literal("poisson"), ...volume }).superRefine(oneVolume),
  course: (spec, { perSecond }) => ({ rate: flat(perSecond(spec)), spacing: "poisson" }),
});
