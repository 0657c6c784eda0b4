import { z } from "zod";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("slow-start"),
  ...faultKeys,
  ...scopeKeys,
  factor: z.number().gt(1).describe("service takes this many times as long at first"),
});

/** Caches are cold after a start: put it where a crash or a restart ends. */
export const fault = {
  name: "slow-start",
  summary:
    "service begins at a multiple of its time and gets back to one in a straight line, as after a start",
  schema,
  means: "request",
  effect: ({ factor }, _luck, { progress }) => ({ slowdown: 1 + (factor - 1) * (1 - progress) }),
} as const satisfies Fault<WindowOf<typeof schema>>;
