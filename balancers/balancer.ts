import type { MembershipChange } from "./membership.ts";
import type { OverlaySettings } from "./overlay-rules.ts";
import type { Handle, Runtime } from "./runtime.ts";

export interface BackendAddress {
  /** From 1, as in scenarios and reports. */
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  /** Tier, from 0, which is the default; looked at by the overlay of that name. */
  readonly priority?: number;
}

export type Tuning = "parity" | "native";

/** What a balancer is asked to do, in the same words for all of them. */
export interface BalancerSpec {
  /** Name, or absolute path of a file of the user's own, with its overlays, if any: `least-connections+slow-start`. */
  readonly algorithm: string;
  /** Parameters of overlays; defaults where it says nothing. */
  readonly overlays?: OverlaySettings;
  /** What the hashes without a key in their name go by (`hash-key.ts`). */
  readonly hashKey: string;
  readonly backends: readonly BackendAddress[];
  readonly listen: { readonly host: string; readonly port: number };
  /** NGINX worker processes, HAProxy threads, builtin processes. */
  readonly workers: number;
  /** NGINX: peer state shared by its workers. Others ignore it. */
  readonly zone: boolean;
  readonly tuning: Tuning;
  readonly seed: number;
  /** Host that health checks send: what clients send, because Django refuses others. */
  readonly healthHost: string;
  readonly timeouts: { readonly connectMs: number; readonly readMs: number };
  /** Client connections the balancer must be able to hold. */
  readonly maxConnections: number;
  /** Report attempts per backend (fault scenarios only): NGINX opens this FIFO, HAProxy polls its runtime socket, builtin uses IPC. */
  readonly attempts: boolean;
  /** Set when who is a backend will change: those of `backends` that are none at first. */
  readonly membership?: { readonly absent: readonly number[] };
  /** Own folder of this instance, inside the run's work folder: configuration, sockets, pid files. Absolute. */
  readonly directory: string;
  /** A user's own configuration instead of ours: its path and text. */
  readonly ownConfig?: { readonly path: string; readonly text: string };
}

export type Support =
  | {
      readonly supported: true /** The directive it comes down to. */;
      readonly directive: string /** What differs from the algorithm's definition, shown in reports. */;
      readonly note?: string;
    }
  | { readonly supported: false; readonly reason: string };

/** Why NGINX and HAProxy cannot play an algorithm in a file of the user's own. */
export const OWN_ALGORITHM_REASON = "an algorithm of your own runs in the builtin proxy";

/** Path relative to `spec.directory`. */
export interface RenderedFile {
  readonly path: string;
  readonly text: string;
}

export type Availability =
  | {
      readonly available: true;
      readonly version: string;
      /** By name, of one that is several: Django, gunicorn, Python. */
      readonly versions?: Readonly<Record<string, string>>;
      readonly command: string;
      readonly env: Readonly<Record<string, string>> /** PATH, or the folder it was fetched to. */;
      readonly origin: string;
    }
  | {
      readonly available: false;
      readonly reason: string /** What to do about it. */;
      readonly advice: string;
    };

/** `count` attempts were sent to `backend` up to `atNs` (hrtime), since the last report for it. */
export interface AttemptReport {
  readonly backend: number;
  readonly atNs: bigint;
  readonly count: number;
  /** How many attempts of the same time were not their request's first (retries and hedges); absent when nobody can tell. */
  readonly retries?: number;
}

export interface RunningBalancer {
  readonly handle: Handle;
  readonly host: string;
  readonly port: number;
  /** Time resolution of attempt reports in ms, null when they are not reported. */
  readonly attemptResolutionMs: number | null;
  onAttempts(listener: (report: AttemptReport) => void): void;
  /**
   * Changes who is a backend by the balancer's own means; resolves when it acts by it. What a removed backend has in flight it
   * finishes. Only with `spec.membership`. Throws BalancerError.
   */
  change(changes: readonly MembershipChange[]): Promise<void>;
  /** Graceful stop; everything it opened is closed. Safe to call twice. */
  stop(): Promise<void>;
}

export interface Balancer {
  readonly name: string;
  readonly summary: string;
  /** By name, or by the absolute path of a file of the user's own. */
  supports(algorithm: string): Support;
  /** Pure: the configuration files for this spec, first the main one. Golden files hold it. */
  render(spec: BalancerSpec): readonly RenderedFile[];
  available(runtime: Runtime): Promise<Availability>;
  /**
   * Writes the files, checks them with the balancer's own check, starts it and waits until it accepts connections (bounded).
   * Throws BalancerError with the balancer's own words.
   */
  start(spec: BalancerSpec, runtime: Runtime): Promise<RunningBalancer>;
}

/** The balancer refused its configuration or did not start; `message` is one line, `output` its own words. */
export class BalancerError extends Error {
  override name = "BalancerError";
  readonly output: string;
  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}
