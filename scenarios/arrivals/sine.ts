import { z } from "zod";
import { type Millis, positiveDuration } from "#kernel/units.ts";
import type { RateCurve } from "./curve.ts";
import { type Around, defineArrivals, level, spacing, type Volume } from "./process.ts";

const NEVER_BELOW_0 = "must not be above mean: a rate cannot be negative";

/** Days and nights: a rate that swings around its mean. */
export const sine = defineArrivals({
  name: "sine",
  summary: "A rate that swings around its mean, as days and nights do; it starts at the mean and rises.",
  schema: z
    .strictObject({
      type: z.literal("sine"),
      mean: level.describe("the middle"),
      amplitude: level.describe("how far it goes above and below; in the same key as mean, and at most that"),
      period: positiveDuration.describe("from one peak to the next"),
      process: spacing,
    })
    .superRefine(({ mean, amplitude }, context) => {
      const key = mean.rate === undefined ? "load" : "rate";
      const [middle, swing] = [mean[key], amplitude[key]];
      if (middle === undefined) return;
      const message = swing === undefined ? `give ${key}, as mean does` : NEVER_BELOW_0;
      if (swing === undefined || swing > middle)
        context.addIssue({ code: "custom", path: ["amplitude"], message });
    }),
  course({ mean, amplitude, period, process }, around) {
    return { rate: wave(mean, amplitude, period, around), spacing: process };
  },
});

const MOST_STEPS = 100;
const EXACT_MS = 1e-9;

function wave(mean: Volume, amplitude: Volume, period: Millis, { perSecond, windowMs }: Around): RateCurve {
  const [middle, swing] = [perSecond(mean), perSecond(amplitude)];
  const turn = (2 * Math.PI) / period;
  const at = (ms: Millis): number => middle + swing * Math.sin(turn * ms);
  const expected = (ms: Millis): number => (middle * ms + (swing / turn) * (1 - Math.cos(turn * ms))) / 1_000;
  const reach = (count: number): Millis => {
    // The wave's part of `expected` lies between 0 and 2 swing / turn.
    let high = (count * 1_000) / middle;
    let low = Math.max(0, high - (2 * swing) / turn / middle);
    let ms = high;
    // Newton's step where it stays between the bounds, half of what is between them elsewhere.
    for (let step = 0; step < MOST_STEPS && high - low > EXACT_MS; step++) {
      const beyond = expected(ms) - count;
      if (beyond > 0) high = ms;
      else low = ms;
      const newton = ms - (beyond * 1_000) / at(ms);
      const next = newton > low && newton < high ? newton : (low + high) / 2;
      if (Math.abs(next - ms) < EXACT_MS) return next;
      ms = next;
    }
    return ms;
  };
  const quarters = [0.25, 0.75].map((part) => part * period).filter((ms) => ms < windowMs);
  const extremes = [0, ...quarters, Math.min(windowMs, period)].map(at);
  return { at, expected, reach, lowest: Math.min(...extremes), peak: Math.max(...extremes) };
}
