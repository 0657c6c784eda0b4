import { z } from "zod";
import { type Fault, faultKeys, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("keep-alive-race"),
  ...faultKeys,
  ...scopeKeys,
});

/** A server that closes an idle connection while the next request is on its way to it. Only gthread workers keep connections. */
export const fault = {
  name: "keep-alive-race",
  summary: "a share of the requests that come on a kept connection is cut with a reset, unread",
  schema,
  means: "request",
  arrival: (_spec, _luck, { visitor }) => (visitor.isOnKept ? { type: "cut" } : null),
  simulated: () => "every attempt counts as one on a kept connection",
} as const satisfies Fault<WindowOf<typeof schema>>;
