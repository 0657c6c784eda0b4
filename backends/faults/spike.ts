import { z } from "zod";
import { positiveDuration } from "#kernel/units.ts";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("spike"),
  ...faultKeys,
  ...scopeKeys,
  latency: positiveDuration.describe("what is added to the service time at first"),
});

/** A lock, a cold cache, a full disk: latency is at its height at once, and falls to nothing in a straight line until the fault ends. With `repeat` it comes again and again. */
export const fault = {
  name: "spike",
  summary: "latency jumps up at once and falls back in a straight line",
  schema,
  means: "request",
  durations: ["latency"],
  effect: ({ latency }, _luck, { progress }) => ({ addedMs: latency * (1 - progress) }),
} as const satisfies Fault<WindowOf<typeof schema>>;
