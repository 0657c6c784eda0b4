import { z } from "zod";
import { positiveDuration } from "#kernel/units.ts";
import { type Fault, faultKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("recycle"),
  ...faultKeys,
  every: z.int().min(2).describe("requests from one recycle to the next, on average (max_requests)"),
  boot: positiveDuration.describe("until the new worker serves"),
});

/** gunicorn's max_requests: after so many requests a worker makes room for a new one, which first loads the application. Effect of a recycle, drawn per request; the worker's other connections are not cut. */
export const fault = {
  name: "recycle",
  summary: "after every so many requests a worker is away while a new one starts",
  schema,
  means: "request",
  durations: ["boot"],
  // Geometric around the mean, as the jitter of gunicorn spreads its workers.
  effect: ({ every, boot }, luck) => (luck < 1 / every ? { awayMs: boot } : null),
} as const satisfies Fault<WindowOf<typeof schema>>;
