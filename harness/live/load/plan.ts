/** What the harness tells a load process, and what it hears back (IPC, one trial at a time; the process serves many trials). */

import type { ServiceSpec } from "#kernel/demand.ts";
import type { Traffic } from "../../../scenarios/scenario.ts";

export interface LoadPlan {
  readonly target: { readonly host: string; readonly port: number };
  readonly seed: number;
  /** With its requests spelt out. */
  readonly traffic: Traffic;
  /** backends.service: for request types without a distribution of their own. */
  readonly service?: ServiceSpec | undefined;
  /** Arrivals per second that `arrivals.load` of 1 means: true capacity of the fleet. */
  readonly capacity: number;
  /** Start of the measured window (end of warm-up), hrtime ns as decimal text; warm-up runs before it. */
  readonly zeroNs: string;
  /** Where the rows of the window go. */
  readonly rowsFile: string;
  /** Open connections at most; an arrival that finds them all taken fails. Default MAX_CONNECTIONS. */
  readonly maxConnections?: number;
  /** Name of a cookie that every client keeps; without it clients take no cookies. */
  readonly cookie?: string;
}

/** About as many as one client address has ports towards one listener. */
export const MAX_CONNECTIONS = 28_000;

export type LoadOrder = { readonly type: "play"; readonly plan: LoadPlan } | { readonly type: "abort" };

export type LoadReport =
  | { readonly type: "ready" }
  /** About once a second, for the live progress. */
  | { readonly type: "progress"; readonly scheduled: number; readonly ended: number; readonly failed: number }
  | { readonly type: "done"; readonly summary: LoadSummary }
  | { readonly type: "failed"; readonly message: string };

export interface LoadSummary {
  readonly scheduled: number;
  /** Arrivals that were never sent because the generator was late with them or had no descriptor left. */
  readonly dropped: number;
  /** Still open when the last timeout had passed; 0 unless aborted. */
  readonly inFlightAtEnd: number;
  /** Event-loop utilisation of the generator over the window, without pacing. */
  readonly utilisation: number;
  /**
   * Requests of the window in flight, sampled independently of the rows until the last one ended, over the length of the
   * window: by Little's law the sum of all latencies / duration.
   */
  readonly meanInFlight: number;
  readonly connectionsOpened: number;
  /** Sent again on a fresh connection, because a kept one was closed before any byte of the response (RFC 9110 9.2.2). */
  readonly retries: number;
  /** False where the machine has no loopback addresses but 127.0.0.1: then all clients share one address. */
  readonly distinctClients: boolean;
}
