import { z } from "zod";
import type { Plugin } from "#kernel/plugin.ts";
import type { Millis } from "#kernel/units.ts";
import type { RateCurve } from "./curve.ts";

const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/;

/** More than this many times the capacity is a percent sign that was forgotten, or nothing that an open loop could play. */
const MOST_LOAD = 10;

/** A positive multiple of the capacity, at most 10: `0.7` or `"70%"`; above 1 is an overload. */
const load = z
  .union([z.number(), z.string()], { error: 'expected a share of the capacity such as 0.7 or "70%"' })
  .transform((value, context): number => {
    const percent = typeof value === "string" ? PERCENT.exec(value.trim()) : null;
    const result = typeof value === "number" ? value : percent ? Number(percent[1]) / 100 : Number.NaN;
    if (result > 0 && result <= MOST_LOAD) return result;
    const message =
      result > MOST_LOAD
        ? tooMuch(value, result)
        : `expected a share of the capacity above 0, such as 0.7 or "70%", got ${JSON.stringify(value)}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

function tooMuch(value: number | string, load: number): string {
  const limit = `at most ${MOST_LOAD} (${MOST_LOAD * 100}%)`;
  return typeof value === "number" && value <= MOST_LOAD * 100
    ? `${value} is ${value} times the capacity; did you mean ${value}%? A load is ${limit}`
    : `${JSON.stringify(value)} is ${load} times the capacity; a load is ${limit}`;
}

/** How much traffic: wherever a rate is asked for, one of these two keys gives it. */
export const volume = {
  rate: z.number().positive("must be above 0 requests per second").optional().describe("requests per second"),
  load: load
    .optional()
    .describe("instead of rate: share of the backends' true capacity; may be above 1, at most 10"),
};

export interface Volume {
  readonly rate?: number | undefined;
  readonly load?: number | undefined;
}

const BY = "rate (requests per second) or load (share of the capacity)";

/** A check for every schema with a volume: exactly one of `rate` and `load`. */
export function oneVolume(spec: Volume, context: z.RefinementCtx): void {
  if ((spec.rate === undefined) !== (spec.load === undefined)) return;
  const message = spec.rate === undefined ? `give ${BY}` : `give either ${BY}, not both`;
  context.addIssue({ code: "custom", message });
}

/** A volume by itself, where a process has more than one: `{ rate: 50 }` or `{ load: 30% }`. */
export const level = z.strictObject(volume).superRefine(oneVolume);

/** How requests are spread where the rate is given: independent of each other, or evenly. */
export const spacing = z
  .enum(["poisson", "constant"])
  .default("poisson")
  .describe("poisson: independent users; constant: evenly spaced by the rate of the moment");

/** What a process must know of the scenario around it. */
export interface Around {
  /** Requests per second of a volume. */
  perSecond(volume: Volume): number;
  /** Length of the measured window. */
  readonly windowMs: Millis;
}

/** What a process makes of its keys. */
export interface Course {
  readonly rate: RateCurve;
  readonly spacing: z.output<typeof spacing>;
  /** The warm-up, as a curve of its own; without it the warm-up has the rate of the window's start. */
  readonly warmup?: RateCurve;
}

/** When requests are due: one file in this folder exports one of these under its own name. */
export interface ArrivalProcess<Schema extends z.ZodType<{ readonly type: string }>> extends Plugin<Schema> {
  course(spec: z.output<Schema>, around: Around): Course;
}

/** Keeps the precise type of a process, so that the registry's union does. */
export function defineArrivals<Schema extends z.ZodType<{ readonly type: string }>>(
  process: ArrivalProcess<Schema>,
): ArrivalProcess<Schema> {
  return process;
}
