import { z } from "zod";
import { share } from "#kernel/units.ts";
import { type Fault, faultKeys } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("hang"),
  ...faultKeys,
  share: share.default(1).describe("share of the requests that hang"),
});

/** The request holds its worker until the fault ends; then the connection is closed without a byte, as when gunicorn kills a worker. */
export const fault = {
  name: "hang",
  summary: "a share of the requests holds its worker and is never answered",
  schema,
  means: "request",
  effect: (spec, draw) => (draw < spec.share ? { hang: true } : null),
} as const satisfies Fault<z.output<typeof schema>>;
