import { z } from "zod";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("empty-reply"),
  ...faultKeys,
  ...scopeKeys,
});

/** The connection is closed (FIN) without a byte after the service time, as when a worker is killed with the request in its hands. */
export const fault = {
  name: "empty-reply",
  summary: "a share of the requests gets an orderly close instead of an answer",
  schema,
  means: "request",
  effect: () => ({ empty: true }),
} as const satisfies Fault<WindowOf<typeof schema>>;
