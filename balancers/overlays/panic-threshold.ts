import { z } from "zod";
import { share } from "#kernel/units.ts";
import type { OverlayDefinition } from "../overlay.ts";

const schema = z.strictObject({
  threshold: share
    .default(0.5)
    .describe("when a smaller share of the backends is healthy, all of them are used"),
});
export type PanicRule = z.output<typeof schema>;

export const overlay = {
  name: "panic-threshold",
  summary: "when too few backends are healthy all are used: the few would only be overrun",
  reference: "Envoy, panic threshold",
  stage: "filter",
  schema,
} as const satisfies OverlayDefinition;
