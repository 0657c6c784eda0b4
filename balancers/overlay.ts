import type { z } from "zod";
import type { Plugin } from "#kernel/plugin.ts";

/**
 * What one file in `overlays/` exports as `overlay`: something that goes with any algorithm. Composed in this order, whatever the
 * order of the names: filters say who may be chosen, the algorithm chooses, weights thin its choice out, guards watch over the request.
 */
export interface OverlayDefinition extends Plugin<z.ZodObject> {
  /** Paper, document or source where the rule is from. */
  readonly reference: string;
  readonly stage: "filter" | "weight" | "guard";
}
