import { z } from "zod";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("hang"),
  ...faultKeys,
  ...scopeKeys,
});

/** The request holds its worker until the fault ends; then the connection is closed without a byte, as when gunicorn kills a worker. */
export const fault = {
  name: "hang",
  summary: "a share of the requests holds its worker and is never answered",
  schema,
  means: "request",
  effect: () => ({ hang: true }),
} as const satisfies Fault<WindowOf<typeof schema>>;
