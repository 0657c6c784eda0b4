import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import type { RunRecord } from "../reports/record.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { checkOwnConfigs } from "./check-own-configs.ts";
import type { Pythons } from "./django/find.ts";
import { onInterrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { createLiveEngine } from "./live/engine.ts";
import { createProcessRuntime } from "./live/runtimes/process.ts";
import { createWorkFolder } from "./live/work-folder.ts";
import { describeMachine } from "./measure/machine.ts";
import type { Plan } from "./plan.ts";
import { showTrials } from "./progress.ts";
import { showParallel } from "./progress-parallel.ts";
import { startRun } from "./run.ts";
import { type RunFolder, scenarioFile } from "./run-folder.ts";
import { createSimulationEngine } from "./simulation/engine.ts";
import { createThreadedEngine } from "./simulation/threads.ts";
import type { Engine } from "./trial.ts";

export interface SessionInputs {
  readonly id: string;
  readonly seed: number;
  readonly repeats: number;
  /** As the user typed it. */
  readonly command: string;
  readonly scenarios: readonly LoadedScenario[];
  readonly versions: Readonly<Record<string, string>>;
  readonly plan: Plan;
  readonly folder: RunFolder;
  /** What real Django servers run on. */
  readonly pythons?: Pythons;
}

export interface Session {
  readonly record: RunRecord;
  /** Balancers that did not start, one sentence each. */
  readonly startFailures: readonly string[];
  readonly interrupted: boolean;
  /** What ended the run before its time; the record holds what was measured until then. */
  readonly failure: unknown;
}

/** Plays a plan on the wall clock: brings up what it needs, and down whatever happens. */
export async function playLive(inputs: SessionInputs, io: Io): Promise<Session> {
  const { plan, folder } = inputs;
  const runtime = createProcessRuntime();
  const work = createWorkFolder(inputs.id);
  const interrupt = onInterrupt(io);
  try {
    await checkOwnConfigs(plan, runtime, work.path);
    const { seed, pythons } = inputs;
    const engine = createLiveEngine({
      runtime,
      folder,
      workFolder: work.path,
      seed,
      ...(pythons === undefined ? {} : { pythonFor: pythons.of }),
    });
    return await play(inputs, engine, interrupt.signal);
  } finally {
    await runtime.stopAll();
    work.remove();
    interrupt.close();
  }
}

/** Plays a plan in virtual time, as many trials at once as the machine has cores. */
export async function playSimulation(inputs: SessionInputs, io: Io): Promise<Session> {
  const interrupt = onInterrupt(io);
  try {
    const threads = Math.min(availableParallelism(), inputs.plan.trials.length);
    const engine = threads > 1 ? createThreadedEngine(threads) : createSimulationEngine();
    return await play(inputs, engine, interrupt.signal);
  } finally {
    interrupt.close();
  }
}

async function play(inputs: SessionInputs, engine: Engine, signal: AbortSignal): Promise<Session> {
  const { plan, folder, scenarios } = inputs;
  for (const { scenario, definition, trace } of scenarios) {
    const path = scenarioFile(scenario.name);
    folder.write({ path, content: stringify(definition) });
    if (trace !== null) folder.write({ path: join(dirname(path), trace.name), content: trace.text });
  }
  const run = startRun({ ...inputs, engine, machine: describeMachine(), signal });
  let failure: unknown = null;
  try {
    if (engine.parallel === 1) await showTrials(plan.trials, run.play);
    else await showParallel(plan.trials, engine.parallel, run.play);
  } catch (error) {
    if (!signal.aborted) failure = error;
  }
  return {
    record: await run.finish(),
    startFailures: run.startFailures,
    interrupted: signal.aborted,
    failure,
  };
}

/** The command as the user typed it. */
export function commandLine(): string {
  return ["evenkeel", ...process.argv.slice(2)].join(" ");
}
