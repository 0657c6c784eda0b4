import { z } from "zod";
import { type Fault, faultKeys, MALFORMED, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("malformed"),
  ...faultKeys,
  ...scopeKeys,
  kind: z
    .enum(MALFORMED)
    .default("garbage")
    .describe(
      "garbage: bytes that mean nothing; http-0.9: a body without a head; bad-chunk: a chunk size that is no number, after a good head; bad-length: the same of Content-Length; huge-header: a field of 64 KiB",
    ),
});

/** What a balancer should answer with 502 on its own; a client must never see it. */
export const fault = {
  name: "malformed",
  summary: "a share of the requests gets an answer that is not valid HTTP",
  schema,
  means: "request",
  effect: ({ kind }) => ({ malformed: kind }),
} as const satisfies Fault<WindowOf<typeof schema>>;
