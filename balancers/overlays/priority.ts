import { z } from "zod";
import type { OverlayDefinition } from "../overlay.ts";

const schema = z.strictObject({
  overprovisioning: z
    .number()
    .min(1)
    .default(1.4)
    .describe("a tier is whole while its healthy share times this is at least 1"),
});
export type PriorityRule = z.output<typeof schema>;

export const overlay = {
  name: "priority",
  summary:
    "backends of a later tier (`backends.override`, `priority`) take over what the tiers before them lack in healthy ones",
  reference: "Envoy, priority levels and overprovisioning factor",
  stage: "filter",
  schema,
} as const satisfies OverlayDefinition;
