import { z } from "zod";
import type { Plugin } from "#kernel/plugin.ts";
import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";

const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/;

/** A positive multiple of the capacity: `0.7` or `"70%"`; above 1 is an overload. */
const load = z
  .union([z.number(), z.string()], { error: 'expected a share of the capacity such as 0.7 or "70%"' })
  .transform((value, context): number => {
    const percent = typeof value === "string" ? PERCENT.exec(value.trim()) : null;
    const result = typeof value === "number" ? value : percent ? Number(percent[1]) / 100 : Number.NaN;
    if (result > 0) return result;
    const message = `expected a share of the capacity above 0, such as 0.7 or "70%", got ${JSON.stringify(value)}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

/** How much traffic: every arrival process takes one of these two keys. */
export const volume = {
  rate: z.number().positive("must be above 0 requests per second").optional().describe("requests per second"),
  load: load.optional().describe("instead of rate: share of the backends' true capacity; may be above 1"),
};

export interface Volume {
  readonly rate?: number | undefined;
  readonly load?: number | undefined;
}

const BY = "rate (requests per second) or load (share of the capacity)";

/** A check for the schema of an arrival process: exactly one of `rate` and `load`. */
export function oneVolume(spec: Volume, context: z.RefinementCtx): void {
  if ((spec.rate === undefined) !== (spec.load === undefined)) return;
  const message = spec.rate === undefined ? `give ${BY}` : `give either ${BY}, not both`;
  context.addIssue({ code: "custom", message });
}

/** When requests are due: one file in this folder exports one of these under its own name. */
export interface ArrivalProcess<Schema extends z.ZodType<Volume & { readonly type: string }>>
  extends Plugin<Schema> {
  /** Due times from 0, never decreasing, without end; pure: the same `rng` gives the same instants. */
  instants(spec: z.output<Schema>, perSecond: number, rng: Rng): Iterable<Millis>;
}

/** Keeps the precise type of a process, so that the registry's union does. */
export function defineArrivals<Schema extends z.ZodType<Volume & { readonly type: string }>>(
  process: ArrivalProcess<Schema>,
): ArrivalProcess<Schema> {
  return process;
}
