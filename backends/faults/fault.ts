import type { Plugin } from "#kernel/plugin.ts";
import type { Millis } from "#kernel/units.ts";

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
  /** Answers with this status instead of the view, after the service time. */
  readonly status?: number;
  /** Takes the worker and never answers while the fault lasts. */
  readonly hang?: boolean;
  /** Cuts the connection with RST when the service ends. */
  readonly reset?: boolean;
}

/**
 * A fault as one file in this folder. `crash` and `pause` are done to the process by the harness (`means: "process"`);
 * the others say what happens to a request that starts service in the window (`means: "request"`).
 */
export interface Fault<Spec extends FaultSpec = FaultSpec> extends Plugin {
  readonly means: "process" | "request";
  /** Effect on a request, `draw` uniform in [0, 1) from (seed, fault, attempt); pure. Absent for `means: "process"`. */
  effect?(spec: Spec, draw: number): Effect | null;
}
