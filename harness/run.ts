import { setMaxListeners } from "node:events";
import { AlgorithmError } from "../balancers/algorithm.ts";
import { BalancerError } from "../balancers/balancer.ts";
import { type RunRecord, runSchema, type TrialRecord } from "../reports/record.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { judgeClaims, judgeObjectives } from "./measure/judge.ts";
import { unmeasuredTrial } from "./measure/unmeasured.ts";
import type { Plan } from "./plan.ts";
import type { RunFolder } from "./run-folder.ts";
import { describeScenario } from "./scenario-record.ts";
import {
  type Engine,
  type PlannedTrial,
  ProcessDiedError,
  type Progress,
  type Stage,
  VerificationError,
} from "./trial.ts";

export interface RunInputs {
  readonly id: string;
  readonly seed: number;
  readonly command: string;
  readonly scenarios: readonly LoadedScenario[];
  readonly plan: Plan;
  readonly repeats: number;
  readonly engine: Engine;
  readonly folder: RunFolder;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: RunRecord["run"]["machine"];
  readonly signal: AbortSignal;
}

/** A run that is being played: one trial after the other, its record complete in `result.json` after each. */
export interface RunInProgress {
  /** Never rejects for what a contestant does: that is an invalid trial with its reasons. */
  play(trial: PlannedTrial, onProgress: (progress: Progress) => void): Promise<TrialRecord>;
  /** Everything down; the final record, marked partial when trials are missing. Safe to call twice. */
  finish(): Promise<RunRecord>;
  /** What kept contestants from being measured although their scenario is fine: a balancer that did not start. */
  readonly startFailures: readonly string[];
}

export function startRun(inputs: RunInputs): RunInProgress {
  setMaxListeners(0, inputs.signal);
  const startedAt = new Date().toISOString();
  const trials: TrialRecord[] = [];
  const startFailures: string[] = [];
  let finished: RunRecord | null = null;
  let stage: { readonly of: PlannedTrial["scenario"]; readonly stage: Stage } | null = null;

  const stageFor = async (trial: PlannedTrial): Promise<Stage> => {
    if (stage?.of === trial.scenario) return stage.stage;
    await stage?.stage.close();
    stage = null;
    stage = { of: trial.scenario, stage: await inputs.engine.open(trial.scenario, inputs.signal) };
    return stage.stage;
  };
  const record = (partial: boolean): RunRecord => ({
    schema: "evenkeel/result@1",
    run: {
      id: inputs.id,
      seed: inputs.seed,
      command: inputs.command,
      startedAt,
      finishedAt: new Date().toISOString(),
      partial,
      versions: { ...inputs.versions },
      machine: inputs.machine,
    },
    scenarios: inputs.scenarios.map(describeScenario),
    trials,
    unsupported: [...inputs.plan.unsupported],
    claims: inputs.scenarios.flatMap(({ scenario }) =>
      judgeClaims(scenario.name, scenario.claims, trials, { repeats: inputs.repeats }),
    ),
    objectives: inputs.scenarios.flatMap(({ scenario }) =>
      judgeObjectives(scenario.name, scenario.objectives, trials, { repeats: inputs.repeats }),
    ),
  });

  return {
    async play(trial, onProgress) {
      inputs.signal.throwIfAborted();
      const measured = await playOne(
        inputs.engine.name,
        await stageFor(trial),
        trial,
        onProgress,
        startFailures,
      );
      trials.push(measured);
      writeRecord(inputs.folder, record(true));
      return measured;
    },
    async finish() {
      if (finished !== null) return finished;
      await stage?.stage.close();
      await inputs.engine.close();
      finished = record(trials.length < inputs.plan.trials.length || inputs.signal.aborted);
      writeRecord(inputs.folder, finished);
      return finished;
    },
    startFailures,
  };
}

async function playOne(
  engine: Engine["name"],
  stage: Stage,
  trial: PlannedTrial,
  onProgress: (progress: Progress) => void,
  startFailures: string[],
): Promise<TrialRecord> {
  try {
    const stand = await stage.prepare(trial, onProgress);
    try {
      return await stand.play(onProgress);
    } finally {
      await stand.close();
    }
  } catch (error) {
    if (error instanceof VerificationError)
      return unmeasuredTrial(trial, engine, [`verification failed: ${error.message}`]);
    if (error instanceof AlgorithmError)
      return unmeasuredTrial(trial, engine, [
        `${trial.contestant.algorithmFile ?? trial.contestant.algorithm}: ${error.message}`,
      ]);
    if (error instanceof ProcessDiedError) return unmeasuredTrial(trial, engine, [error.message]);
    if (!(error instanceof BalancerError)) throw error;
    const reason = error.output.trim() === "" ? error.message : `${error.message}: ${error.output.trim()}`;
    startFailures.push(`${trial.id}: ${reason}`);
    return unmeasuredTrial(trial, engine, [reason]);
  }
}

/** Checked against its published schema before it is written: a record that others cannot read is a failure of ours. */
export function writeRecord(folder: RunFolder, record: RunRecord): void {
  folder.write({ path: "result.json", content: `${JSON.stringify(runSchema.parse(record), null, 2)}\n` });
}
