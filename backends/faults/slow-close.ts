import { z } from "zod";
import { positiveDuration } from "#kernel/units.ts";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("slow-close"),
  ...faultKeys,
  ...scopeKeys,
  delay: positiveDuration.describe("from the end of the answer to the end of the connection"),
});

/** The answer is whole and in time, but the connection stays open and the worker with it, as when the last packets of a client get lost. Toxiproxy's slow_close. */
export const fault = {
  name: "slow-close",
  summary:
    "a share of the requests is answered in time, but its connection and its worker are kept for longer",
  schema,
  means: "request",
  durations: ["delay"],
  effect: ({ delay }) => ({ awayMs: delay, lingers: true }),
} as const satisfies Fault<WindowOf<typeof schema>>;
