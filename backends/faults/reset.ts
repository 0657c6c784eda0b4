import { z } from "zod";
import { share } from "#kernel/units.ts";
import { type Fault, faultKeys } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("reset"),
  ...faultKeys,
  share: share.default(1).describe("share of the requests that are cut"),
});

/** TCP RST instead of the answer, after the service time. */
export const fault = {
  name: "reset",
  summary: "a share of the requests is cut with a TCP reset instead of an answer",
  schema,
  means: "request",
  effect: (spec, draw) => (draw < spec.share ? { reset: true } : null),
} as const satisfies Fault<z.output<typeof schema>>;
