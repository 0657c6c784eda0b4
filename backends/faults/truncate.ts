import { z } from "zod";
import { share } from "#kernel/units.ts";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("truncate"),
  ...faultKeys,
  ...scopeKeys,
  keep: share.default(0.5).describe("share of the body that is sent"),
  ending: z
    .enum(["fin", "rst"])
    .default("fin")
    .describe("how the connection ends: in order, or with a reset"),
  framing: z
    .enum(["length", "chunked"])
    .default("length")
    .describe("what is missing: bytes that Content-Length announced, or the end of the chunks"),
});

/** The answer has a head like any other and stops short, as when a worker dies while it writes. */
export const fault = {
  name: "truncate",
  summary: "a share of the requests gets only the first part of its body",
  schema,
  means: "request",
  effect: ({ keep, ending, framing }) => ({ truncation: { keep, ending, framing } }),
} as const satisfies Fault<WindowOf<typeof schema>>;
