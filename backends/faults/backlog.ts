import { z } from "zod";
import { type Fault, faultKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("backlog"),
  ...faultKeys,
  size: z.int().min(0).describe("backlog of listen(2); the kernel holds one more"),
});

/** A kernel queue that is too short: more than `size` + 1 waiting connections are dropped, and their SYN comes again after 1, 2, 3, ... s (tcp_syn_linear_timeouts). Node accepts eagerly, so a client is connected and waits instead. */
export const fault = {
  name: "backlog",
  summary: "the queue in front of the workers is short: who finds it full tries again every second",
  schema,
  means: "request",
  arrival: ({ size }) => ({ type: "knocks", backlog: size }),
} as const satisfies Fault<WindowOf<typeof schema>>;
