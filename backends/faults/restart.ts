import { z } from "zod";
import { type Fault, faultKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("restart"),
  ...faultKeys,
});

/** SIGTERM at `at`: what is in service is answered, what waits in the kernel is reset, and a process that was started before listens at `at + for`. With `backend: all` and `stagger` a rolling restart. */
export const fault = {
  name: "restart",
  summary:
    "the backend is restarted gracefully (TERM): in service is answered, waiting is reset, then nobody listens until the fault ends",
  schema,
  means: "process",
} as const satisfies Fault<WindowOf<typeof schema>>;
