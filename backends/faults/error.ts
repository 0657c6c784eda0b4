import { z } from "zod";
import { share } from "#kernel/units.ts";
import { type Fault, faultKeys } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("error"),
  ...faultKeys,
  status: z.int().min(400).max(599).default(500).describe("status of the answer"),
  share: share.default(1).describe("share of the requests that fail"),
});

/** The view fails after its service time; the answer has Django's error page. */
export const fault = {
  name: "error",
  summary: "a share of the requests is answered with an error status",
  schema,
  means: "request",
  effect: (spec, draw) => (draw < spec.share ? { status: spec.status } : null),
} as const satisfies Fault<z.output<typeof schema>>;
