import { z } from "zod";
import { fault as abort, abortKeys } from "./abort.ts";

/** The name that `abort` had first; scenarios with it stay valid. */
export const fault = {
  ...abort,
  name: "error",
  summary: "the same as abort, under its older name",
  schema: z.strictObject({ type: z.literal("error"), ...abortKeys }),
} as const;
