import { z } from "zod";
import { defineArrivals, oneVolume, volume } from "./process.ts";

/** Independent users: gaps are exponential with mean 1 / rate, so counts of any interval are Poisson. */
export const poisson = defineArrivals({
  name: "poisson",
  summary: "Independent users: exponential gaps, as many arrivals per second as rate says on average.",
  schema: z.strictObject({ type: z.literal("poisson"), ...volume }).superRefine(oneVolume),
  *instants(_spec, perSecond, rng) {
    let at = 0;
    for (;;) {
      // 1 - u lies in (0, 1], so the logarithm is finite.
      at -= (Math.log(1 - rng.next()) * 1_000) / perSecond;
      yield at;
    }
  },
});
