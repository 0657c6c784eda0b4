import { z } from "zod";
import { type Fault, faultKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("refuse"),
  ...faultKeys,
});

/** Connections that are open go on; nobody gets a new one. */
export const fault = {
  name: "refuse",
  summary: "the listening socket is closed, connections that are open are served",
  schema,
  means: "listener",
  listener: "closed",
  simulated: (_spec, mode) =>
    mode === "gthread" ? "a simulated balancer keeps no connections, so every attempt is refused" : null,
} as const satisfies Fault<WindowOf<typeof schema>>;
