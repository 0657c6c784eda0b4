import { z } from "zod";
import { type Fault, faultKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("pause"),
  ...faultKeys,
});

/** SIGSTOP at `at`, SIGCONT at `at + for`: connections are accepted by the kernel, nothing is read or answered, no work is done. */
export const fault = {
  name: "pause",
  summary: "the backend stands still: connects succeed, nothing is answered until the fault ends",
  schema,
  means: "process",
} as const satisfies Fault<WindowOf<typeof schema>>;
