import { z } from "zod";
import { duration, positiveDuration, share } from "#kernel/units.ts";
import { type Fault, faultKeys } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("latency"),
  ...faultKeys,
  latency: positiveDuration.describe("what is added to the service time"),
  jitter: duration.default(0).describe("more or less than that by up to so much, uniformly; never below 0"),
  share: share.default(1).describe("share of the requests that wait"),
});

/** The view waits for something else (a database, another service) and holds its worker meanwhile. Keys as in Toxiproxy. */
export const fault = {
  name: "latency",
  summary: "a share of the requests takes longer by a latency, with jitter",
  schema,
  means: "request",
  durations: ["latency", "jitter"],
  effect({ latency, jitter, share: hit }, draw) {
    if (draw >= hit) return null;
    // Given that it hits, draw / share is uniform again.
    return { addedMs: Math.max(0, latency + jitter * (2 * (draw / hit) - 1)) };
  },
} as const satisfies Fault<z.output<typeof schema>>;
