import { setImmediate } from "node:timers/promises";
import type { AlgorithmDefinition } from "../../../balancers/algorithm.ts";
import { findAlgorithm } from "../../../balancers/find-algorithm.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { readMsOf } from "../../read-limit.ts";
import { type Listener, playVirtual, type VirtualRun } from "../../simulation/play.ts";

const EVENTS_PER_TURN = 100_000;

/** Throws when there is none. */
export function algorithmOf(name: string): AlgorithmDefinition {
  const algorithm = findAlgorithm(name);
  if (algorithm === undefined) throw new Error(`there is no algorithm "${name}"`);
  return algorithm;
}

/** Plays a trial in virtual time to its last answer; the event loop goes on in between, and an aborted signal rejects. */
export async function playToEnd(
  trial: { readonly scenario: Scenario; readonly algorithm: AlgorithmDefinition; readonly seed: number },
  listener: Partial<Listener>,
  signal: AbortSignal,
): Promise<VirtualRun> {
  const run = playVirtual(
    { ...trial, tuning: "parity", readMs: readMsOf(trial.scenario) },
    { row: () => undefined, attempt: () => undefined, completed: () => undefined, ...listener },
  );
  while (run.step(EVENTS_PER_TURN)) {
    await setImmediate();
    signal.throwIfAborted();
  }
  return run;
}
