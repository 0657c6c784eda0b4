import { z } from "zod";
import { type Fault, faultKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("crash"),
  ...faultKeys,
});

/** SIGKILL at `at`; a process that was started before listens on the same port at `at + for`. */
export const fault = {
  name: "crash",
  summary: "the backend is killed, and listens again when the fault ends",
  schema,
  means: "process",
} as const satisfies Fault<WindowOf<typeof schema>>;
