import { z } from "zod";
import { type Fault, faultKeys } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("brownout"),
  ...faultKeys,
  factor: z.number().gt(1).describe("service takes this many times as long at the worst"),
  curve: z
    .enum(["rising", "hill"])
    .default("rising")
    .describe("rising: worst at the end; hill: worst in the middle, and back"),
});

/** A backend that gets slower bit by bit: no instant shows that something is wrong. */
export const fault = {
  name: "brownout",
  summary: "service takes longer and longer, in a straight line from one to a multiple of its time",
  schema,
  means: "request",
  effect({ factor, curve }, _draw, progress) {
    const height = curve === "rising" ? progress : 1 - Math.abs(2 * progress - 1);
    return { slowdown: 1 + (factor - 1) * height };
  },
} as const satisfies Fault<z.output<typeof schema>>;
