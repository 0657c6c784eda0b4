import { z } from "zod";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("brownout"),
  ...faultKeys,
  ...scopeKeys,
  factor: z.number().gt(1).describe("service takes this many times as long at the worst"),
  curve: z
    .enum(["rising", "exponential", "step", "hill"])
    .default("rising")
    .describe(
      "rising: in a straight line, worst at the end; exponential: by the same factor in the same time; step: at once, in the middle; hill: worst in the middle, and back",
    ),
});

const HEIGHTS: Readonly<Record<"rising" | "step" | "hill", (progress: number) => number>> = {
  rising: (progress) => progress,
  step: (progress) => (progress < 0.5 ? 0 : 1),
  hill: (progress) => 1 - Math.abs(2 * progress - 1),
};

/** A backend that gets slower bit by bit: no instant shows that something is wrong. */
export const fault = {
  name: "brownout",
  summary: "service takes longer and longer, from one to a multiple of its time",
  schema,
  means: "request",
  effect({ factor, curve }, _luck, { progress }) {
    if (curve === "exponential") return { slowdown: factor ** progress };
    return { slowdown: 1 + (factor - 1) * HEIGHTS[curve](progress) };
  },
} as const satisfies Fault<WindowOf<typeof schema>>;
