import { z } from "zod";
import { positiveDuration } from "#kernel/units.ts";
import { type Fault, faultKeys, HEALTH_PATH, scopeKeys, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("grey-failure"),
  ...faultKeys,
  ...scopeKeys,
  status: z.int().min(400).max(599).default(500).describe("of the views, unless latency is given"),
  latency: positiveDuration.optional().describe("views are answered, and take so much longer"),
});

/** The worst to detect: the health view is answered beside the queue as if nothing were, while every other view fails or crawls. */
export const fault = {
  name: "grey-failure",
  summary: "views fail or are slow, the health view passes at once",
  schema,
  means: "request",
  durations: ["latency"],
  arrival: (_spec, _luck, { visitor }) => (visitor.path === HEALTH_PATH ? { type: "beside" } : null),
  effect: ({ status, latency }, _luck, { visitor }) =>
    visitor.path === HEALTH_PATH ? null : latency === undefined ? { status } : { addedMs: latency },
} as const satisfies Fault<WindowOf<typeof schema>>;
