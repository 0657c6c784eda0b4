import { z } from "zod";
import { type Fault, faultKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("black-hole"),
  ...faultKeys,
});

/** Packets get lost behind the handshake: what comes in the window is accepted and never read, and cut with RST when the fault ends. What is in service is answered. */
export const fault = {
  name: "black-hole",
  summary: "connections are accepted, and nothing is read or answered until the fault ends",
  schema,
  means: "connection",
  connection: () => "held",
  arrival: () => ({ type: "swallowed" }),
} as const satisfies Fault<WindowOf<typeof schema>>;
