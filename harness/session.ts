import { stringify } from "yaml";
import type { Availability } from "../balancers/balancer.ts";
import type { RunRecord } from "../reports/record.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { checkOwnConfigs } from "./check-own-configs.ts";
import { onInterrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { createLiveEngine } from "./live/engine.ts";
import { createProcessRuntime } from "./live/runtimes/process.ts";
import { createWorkFolder } from "./live/work-folder.ts";
import { describeMachine } from "./measure/machine.ts";
import type { Plan } from "./plan.ts";
import { showTrials } from "./progress.ts";
import { startRun } from "./run.ts";
import { type RunFolder, scenarioFile } from "./run-folder.ts";
import { versionsOf } from "./versions.ts";

export interface SessionInputs {
  readonly id: string;
  readonly seed: number;
  readonly repeats: number;
  /** As the user typed it. */
  readonly command: string;
  readonly scenarios: readonly LoadedScenario[];
  readonly found: ReadonlyMap<string, Availability>;
  readonly plan: Plan;
  readonly folder: RunFolder;
}

export interface Session {
  readonly record: RunRecord;
  /** Balancers that did not start, one sentence each. */
  readonly startFailures: readonly string[];
  readonly interrupted: boolean;
  /** What ended the run before its time; the record holds what was measured until then. */
  readonly failure: unknown;
}

/** Plays a plan: brings up what it needs, and down whatever happens. */
export async function playSession(inputs: SessionInputs, io: Io): Promise<Session> {
  const { plan, folder, scenarios } = inputs;
  const runtime = createProcessRuntime();
  const work = createWorkFolder(inputs.id);
  const interrupt = onInterrupt(io);
  try {
    await checkOwnConfigs(plan, runtime, work.path);
    for (const { scenario, definition } of scenarios) {
      folder.write({ path: scenarioFile(scenario.name), content: stringify(definition) });
    }
    const engine = createLiveEngine({ runtime, folder, workFolder: work.path, seed: inputs.seed });
    const run = startRun({
      ...inputs,
      engine,
      versions: versionsOf(inputs.found),
      machine: describeMachine(),
      signal: interrupt.signal,
    });
    let failure: unknown = null;
    try {
      await showTrials(plan.trials, run.play);
    } catch (error) {
      if (!interrupt.signal.aborted) failure = error;
    }
    return {
      record: await run.finish(),
      startFailures: run.startFailures,
      interrupted: interrupt.signal.aborted,
      failure,
    };
  } finally {
    await runtime.stopAll();
    work.remove();
    interrupt.close();
  }
}
