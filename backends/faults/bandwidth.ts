import { z } from "zod";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("bandwidth"),
  ...faultKeys,
  ...scopeKeys,
  rate: z.number().positive().describe("kilobytes (1,000 bytes) per second and answer"),
});

/** Between two pieces. */
const PIECE_MS = 10;

/** A thin line or a slow disk: what an answer takes grows with its length, and it holds the worker meanwhile. */
export const fault = {
  name: "bandwidth",
  summary: "a share of the requests gets its body at so many kilobytes per second",
  schema,
  means: "request",
  effect({ rate }, _luck, { visitor }) {
    const overMs = visitor.answerBytes() / rate;
    return { drip: { overMs, pieces: Math.max(1, Math.min(1_000, Math.round(overMs / PIECE_MS))) } };
  },
} as const satisfies Fault<WindowOf<typeof schema>>;
