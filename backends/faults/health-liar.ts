import { z } from "zod";
import { type Fault, faultKeys, HEALTH_PATH, type WindowOf } from "./fault.ts";

const schema = z.strictObject({
  type: z.literal("health-liar"),
  ...faultKeys,
  status: z.int().min(400).max(599).default(503).describe("of the health view"),
});

/** The inverse of a grey failure, as when a check asks for what no view needs: a balancer that believes it sends away a backend that works. */
export const fault = {
  name: "health-liar",
  summary: "the health view fails, all others work",
  schema,
  means: "request",
  effect: ({ status }, _luck, { visitor }) => (visitor.path === HEALTH_PATH ? { status } : null),
} as const satisfies Fault<WindowOf<typeof schema>>;
