/** The Engine contract: what plays a trial, live on sockets or in virtual time. */
import type { AlgorithmDefinition } from "../balancers/algorithm.ts";
import type { Balancer, Tuning } from "../balancers/balancer.ts";
import type { TrialRecord } from "../reports/record.ts";
import { unstableAlgorithms } from "../scenarios/capacity.ts";
import type { Scenario } from "../scenarios/scenario.ts";

/** One balancer with one algorithm, as it is to be run. */
export interface Contestant {
  readonly balancer: Balancer;
  /** Name in reports: `nginx`, `nginx-no-zone`, or `nginx(my.conf)` for a configuration of the user's own. */
  readonly name: string;
  /** `as-configured` for a configuration of the user's own. */
  readonly algorithm: string;
  /** What differs from the algorithm's definition. */
  readonly note: string | null;
  readonly zone: boolean;
  readonly tuning: Tuning;
  /** The second one of a contestant that runs twice. */
  readonly control: boolean;
  readonly ownConfig: { readonly path: string; readonly text: string } | null;
  /** What `algorithm` names; null for a configuration of the user's own. */
  readonly definition: AlgorithmDefinition | null;
  /** Absolute path of the file of the user's own that the algorithm is from. */
  readonly algorithmFile: string | null;
}

/** One trial of the plan: a scenario with a contestant, once. */
export interface PlannedTrial {
  readonly id: string;
  readonly scenario: Scenario;
  readonly contestant: Contestant;
  /** From 1; repeats have seeds of their own. */
  readonly repeat: number;
  readonly seed: number;
  /** With faults: the same is played without them, too, to see what they cost. */
  readonly counterfactual: boolean;
  /** The command that plays this trial again. */
  readonly command: string;
}

/**
 * A trial has a twin, the same seed without the faults, when it was asked for and requests can be paired: in a closed loop the answers
 * decide when users come back, so the twin's requests would be others.
 */
export function hasTwin({
  scenario,
  counterfactual,
}: Pick<PlannedTrial, "scenario" | "counterfactual">): boolean {
  return counterfactual && scenario.faults.length > 0 && scenario.traffic.model === "open";
}

/** The algorithm puts a backend at or above its capacity for good. */
export function plannedUnstable({ scenario, contestant: { algorithm, definition } }: PlannedTrial): boolean {
  return (
    definition !== null &&
    unstableAlgorithms(scenario, [definition]).some((each) => each.algorithm === algorithm)
  );
}

/** How far a trial is, about once a second. */
export interface Progress {
  readonly phase: "verify" | "warm up" | "measure" | "distil";
  readonly scheduled: number;
  readonly ended: number;
  readonly failed: number;
}

export interface Engine {
  readonly name: "live" | "simulation";
  /** Trials that may be played at the same time. */
  readonly parallel: number;
  /** Backends up. */
  open(scenario: Scenario, signal: AbortSignal): Promise<Stage>;
  close(): Promise<void>;
}

export interface Stage {
  /** Balancer verified on an instance that is thrown away, then a fresh one. Rejects with BalancerError or VerificationError. */
  prepare(trial: PlannedTrial, onProgress: (progress: Progress) => void): Promise<Stand>;
  close(): Promise<void>;
}

/** A trial's record as an engine measures it: the run adds what it owes to other trials' sake. */
export type MeasuredTrial = Omit<TrialRecord, "regret" | "intervals"> & {
  readonly intervals: Omit<TrialRecord["intervals"], "regret">;
};

export interface Stand {
  /** Plays warm-up and window; never rejects for what the contestant does, only for failures of our own. */
  play(onProgress: (progress: Progress) => void): Promise<MeasuredTrial>;
  close(): Promise<void>;
}

/** The contestant does not do what it should; `message` says what was expected and what was seen. */
export class VerificationError extends Error {
  override name = "VerificationError";
}

/** A process of ours that no contestant could end is gone: the trial is lost, the run goes on with a new one. */
export class ProcessDiedError extends Error {
  override name = "ProcessDiedError";
}

/** Bad usage or a bad scenario: one message for people, exit code 64. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The user stopped it before there was anything to keep: exit code 130. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
}

/** Something this machine lacks: one message for people, exit code 3. */
export class EnvironmentError extends Error {
  override name = "EnvironmentError";
}
