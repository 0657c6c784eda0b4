import { z } from "zod";
import { share } from "#kernel/units.ts";
import { type Fault, faultKeys } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("empty-reply"),
  ...faultKeys,
  share: share.default(1).describe("share of the requests that get nothing"),
});

/** The connection is closed (FIN) without a byte after the service time, as when a worker is killed with the request in its hands. */
export const fault = {
  name: "empty-reply",
  summary: "a share of the requests gets an orderly close instead of an answer",
  schema,
  means: "request",
  effect: (spec, draw) => (draw < spec.share ? { empty: true } : null),
} as const satisfies Fault<z.output<typeof schema>>;
