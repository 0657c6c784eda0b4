/** Keys of `backends` about what the servers are: simulated, or Django behind gunicorn. */
import { z } from "zod";

export const KINDS = ["simulated", "django"] as const;

export const realKeys = {
  kind: z
    .enum(KINDS)
    .optional()
    .describe("simulated (the default), or django: real Django behind gunicorn, in a live run"),
  python: z
    .string()
    .min(1)
    .optional()
    .describe("kind: django: a Python that has Django and gunicorn; default what setup finds or fetches"),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe("file that calibrate wrote: requests without a service of their own get that of their view"),
};
