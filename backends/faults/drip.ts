import { z } from "zod";
import { positiveDuration } from "#kernel/units.ts";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("drip"),
  ...faultKeys,
  ...scopeKeys,
  over: positiveDuration.describe("time from the head to the last piece"),
  pieces: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe("the body is cut into so many, as far as it has bytes"),
});

/** A streamed answer: its head is there in time, its body comes bit by bit and holds the worker. WireMock's chunked dribble delay, Toxiproxy's slicer. */
export const fault = {
  name: "drip",
  summary: "a share of the requests gets its body in pieces over a time",
  schema,
  means: "request",
  durations: ["over"],
  effect: ({ over, pieces }) => ({ drip: { overMs: over, pieces } }),
} as const satisfies Fault<WindowOf<typeof schema>>;
