import { z } from "zod";
import type { Plugin } from "#kernel/plugin.ts";
import type { Millis } from "#kernel/units.ts";
import { duration, positiveDuration } from "#kernel/units.ts";

/** One fault of a scenario, durations in milliseconds: when, on which backend, what. Other keys belong to the type. */
export interface FaultSpec {
  readonly type: string;
  /** From the end of warm-up. */
  readonly at: Millis;
  readonly for: Millis;
  /** From 1. */
  readonly backend: number;
}

/** What a fault does to one request; a missing field leaves that aspect alone. Effects of several faults are merged. */
export interface Effect {
  /** Multiplies the service time. */
  readonly slowdown?: number;
  /** Comes on top of the service time, whatever the speed. */
  readonly addedMs?: Millis;
  /** Answers with this status instead of the view, after the service time. */
  readonly status?: number;
  /** Takes the worker and never answers while the fault lasts. */
  readonly hang?: boolean;
  /** Cuts the connection with RST when the service ends. */
  readonly reset?: boolean;
  /** Closes the connection without a byte when the service ends. */
  readonly empty?: boolean;
}

/**
 * A fault as one file in this folder. `crash` and `pause` are done to the process by the harness (`means: "process"`);
 * the others say what happens to a request that starts service in the window (`means: "request"`).
 */
export interface Fault<Spec extends FaultSpec = FaultSpec> extends Plugin<z.ZodObject> {
  readonly means: "process" | "request";
  /** Keys besides `at` and `for` that are durations: texts in a scenario, milliseconds on the control port. */
  readonly durations?: readonly string[];
  /**
   * Effect on a request, `draw` uniform in [0, 1) from (seed, fault, attempt), `progress` the share of the fault's time that is over;
   * pure. Absent for `means: "process"`.
   */
  effect?(spec: Spec, draw: number, progress: number): Effect | null;
}

/** Keys that every fault has. */
export const faultKeys = {
  at: duration.describe("start, from the end of warm-up"),
  for: positiveDuration.describe("how long it lasts"),
  backend: z.int().min(1).describe("number of the backend, from 1"),
};

/** One effect of several at once: slowdowns multiply, added times add up, the last status stands, of ways to end without an answer all hold. */
export function mergeEffects(effects: readonly Effect[]): Effect {
  const merged: { -readonly [Key in keyof Effect]: Effect[Key] } = {};
  for (const effect of effects) {
    if (effect.slowdown !== undefined) merged.slowdown = (merged.slowdown ?? 1) * effect.slowdown;
    if (effect.status !== undefined) merged.status = effect.status;
    if (effect.hang) merged.hang = true;
    if (effect.addedMs !== undefined) merged.addedMs = (merged.addedMs ?? 0) + effect.addedMs;
    if (effect.reset) merged.reset = true;
    if (effect.empty) merged.empty = true;
  }
  return merged;
}
