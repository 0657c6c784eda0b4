import { z } from "zod";
import { type Fault, faultKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("unreachable"),
  ...faultKeys,
});

/** A backend behind a firewall that drops packets: its queue of one connection is full, so the kernel answers no SYN. Connections that are open are served. */
export const fault = {
  name: "unreachable",
  summary: "black hole at SYN: nobody gets a connection, and nobody a refusal",
  schema,
  means: "listener",
  listener: "full",
  simulated: (_spec, mode) =>
    mode === "gthread" ? "a simulated balancer keeps no connections, so no attempt gets one" : null,
} as const satisfies Fault<WindowOf<typeof schema>>;
