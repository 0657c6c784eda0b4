import { z } from "zod";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("slow"),
  ...faultKeys,
  ...scopeKeys,
  factor: z.number().gt(1).describe("service takes this many times as long"),
});

/** Requests that start service in the window hold their worker `factor` times as long. */
export const fault = {
  name: "slow",
  summary: "service takes a multiple of its time",
  schema,
  means: "request",
  effect: ({ factor }) => ({ slowdown: factor }),
} as const satisfies Fault<WindowOf<typeof schema>>;
