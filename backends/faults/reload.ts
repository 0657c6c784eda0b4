import { z } from "zod";
import { type Fault, faultKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("reload"),
  ...faultKeys,
});

/** gunicorn on SIGHUP: the listener stays, what is in service is finished, and nothing else starts until the new workers are there. No request fails; those that wait take longer. */
export const fault = {
  name: "reload",
  summary:
    "the workers are replaced (HUP): who is in service is answered, the others wait until the fault ends",
  schema,
  means: "request",
  effect: (_spec, _luck, { leftMs }) => ({ addedMs: leftMs }),
} as const satisfies Fault<WindowOf<typeof schema>>;
