import { z } from "zod";
import { createDistribution, distributionSchema } from "#kernel/distribution.ts";
import { duration, positiveDuration } from "#kernel/units.ts";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("latency"),
  ...faultKeys,
  ...scopeKeys,
  latency: z
    .union([positiveDuration, distributionSchema])
    .describe("what is added to the service time, or a distribution of it"),
  jitter: duration.default(0).describe("more or less than that by up to so much, uniformly; never below 0"),
});

/** The view waits for something else (a database, another service) and holds its worker meanwhile. Keys as in Toxiproxy. */
export const fault = {
  name: "latency",
  summary: "a share of the requests takes longer by a latency, with jitter or from a distribution",
  schema,
  means: "request",
  durations: ["latency", "jitter"],
  effect({ latency, jitter }, luck, { rng }) {
    const middleMs = typeof latency === "number" ? latency : createDistribution(latency).sample(rng);
    return { addedMs: Math.max(0, middleMs + jitter * (2 * luck - 1)) };
  },
} as const satisfies Fault<WindowOf<typeof schema>>;
