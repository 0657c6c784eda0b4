/** What the harness tells a load process, and what it hears back (IPC, one trial at a time; the process serves many trials). */
import type { Traffic } from "../../../scenarios/scenario.ts";
import type { DistributionSpec } from "#kernel/distribution.ts";

export interface LoadPlan {
  readonly target: { readonly host: string; readonly port: number };
  readonly seed: number;
  readonly traffic: Traffic;
  /** backends.service: for request types without a distribution of their own. */
  readonly service: DistributionSpec;
  /** Requests per second an `arrivals.load` of 1 means: true capacity of the fleet. */
  readonly capacity: number;
  /** Start of the measured window (end of warm-up), hrtime ns as decimal text; warm-up runs before it. */
  readonly zeroNs: string;
  /** Where the rows of the window go. */
  readonly rowsFile: string;
}

export type LoadOrder = { readonly type: "play"; readonly plan: LoadPlan } | { readonly type: "abort" };

export type LoadReport =
  | { readonly type: "ready" }
  /** About once a second, for the live progress. */
  | { readonly type: "progress"; readonly scheduled: number; readonly ended: number; readonly failed: number }
  | { readonly type: "done"; readonly summary: LoadSummary }
  | { readonly type: "failed"; readonly message: string };

export interface LoadSummary {
  readonly scheduled: number;
  /** Arrivals that were never sent because the generator had no connection or descriptor left. */
  readonly dropped: number;
  /** Still open when the last timeout had passed; 0 unless aborted. */
  readonly inFlightAtEnd: number;
  /** Event-loop utilisation of the generator over the window, without pacing. */
  readonly utilisation: number;
  /** Time-averaged requests in flight over the window, sampled independently of the rows (Little's law). */
  readonly meanInFlight: number;
  readonly connectionsOpened: number;
}
