import { z } from "zod";
import type { Millis } from "#kernel/units.ts";
import type { RateCurve } from "./curve.ts";
import { defineArrivals } from "./process.ts";

const rising = (times: readonly number[]): number => times.findIndex((at, i) => i > 0 && at < times[i - 1]!);

/** What was recorded elsewhere, instant by instant. */
export const trace = defineArrivals({
  name: "trace",
  summary:
    "Instants recorded elsewhere, played as they are; they count from the first one, so a log's clock will do. The warm-up plays the beginning of the trace.",
  schema: z
    .strictObject({
      type: z.literal("trace"),
      file: z
        .string()
        .min(1)
        .optional()
        .describe(
          "text or CSV, path seen from this file: a line per request, its instant in seconds first; a heading, empty lines and lines with # are skipped",
        ),
      times: z
        .array(z.number())
        .min(1)
        .superRefine((times, context) => {
          const at = rising(times);
          if (at === -1) return;
          const message = `the instants must not go back: ${times[at]} comes after ${times[at - 1]}`;
          context.addIssue({ code: "custom", path: [at], message });
        })
        .optional()
        .describe("instead of file: the instants themselves, in seconds"),
      speed: z.number().positive().default(1).describe("2 plays it in half the time, at twice the rate"),
    })
    .refine(
      ({ file, times }) => (file === undefined) !== (times === undefined),
      "give file or times, one of them",
    ),
  course({ times, speed }, { windowMs }) {
    if (times === undefined) throw new Error("the trace's file has not been read");
    const rate = recorded(times, speed, windowMs);
    return { rate, spacing: "constant", warmup: rate };
  },
});

const SECOND = 1_000;

/** A step for every request; rates are those of a second. */
function recorded(times: readonly number[], speed: number, windowMs: Millis): RateCurve {
  const first = times[0] ?? 0;
  const instants = Float64Array.from(times, (at) => ((at - first) * SECOND) / speed);
  const expected = (ms: Millis): number => countBelow(instants, ms);
  const inWindow = instants.subarray(0, expected(windowMs));
  let peak = 0;
  for (let last = 0, from = 0; last < inWindow.length; last++) {
    while (inWindow[last]! - inWindow[from]! >= SECOND) from += 1;
    peak = Math.max(peak, last - from + 1);
  }
  return {
    at: (ms) => expected(ms + SECOND) - expected(ms),
    expected,
    reach: (count) => instants[count] ?? Number.POSITIVE_INFINITY,
    lowest: 0,
    peak,
  };
}

function countBelow(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
