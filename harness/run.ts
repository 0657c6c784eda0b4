import { setMaxListeners } from "node:events";
import { AlgorithmError } from "../balancers/algorithm.ts";
import { BalancerError } from "../balancers/balancer.ts";
import { type RunRecord, runSchema, type TrialRecord } from "../reports/record.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { judgeObjectives } from "./measure/judge.ts";
import { judgeClaims } from "./measure/judge-claims.ts";
import { type References, referencesOf, withRegret } from "./measure/regret.ts";
import { unmeasuredTrial } from "./measure/unmeasured.ts";
import type { Plan } from "./plan.ts";
import { RECORD, type RunFolder } from "./run-folder.ts";
import { describeScenario } from "./scenario-record.ts";
import {
  type Engine,
  type MeasuredTrial,
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

/** A run that is being played: one trial after the other, its record in `result.json` meanwhile. */
export interface RunInProgress {
  /** Never rejects for what a contestant does: that is an invalid trial with its reasons. */
  play(trial: PlannedTrial, onProgress: (progress: Progress) => void): Promise<TrialRecord>;
  /** Everything down; the final record, marked partial when trials are missing. Safe to call twice. */
  finish(): Promise<RunRecord>;
  /** What kept contestants from being measured although their scenario is fine: a balancer that did not start. */
  readonly startFailures: readonly string[];
}

/** Of trials that play at the same time, what is on the disk is at most this old. */
const WRITE_EVERY_MS = 1_000;

export function startRun(inputs: RunInputs): RunInProgress {
  setMaxListeners(0, inputs.signal);
  const startedAt = new Date().toISOString();
  const measured = new Map<PlannedTrial, TrialRecord>();
  const startFailures: string[] = [];
  let finished: RunRecord | null = null;
  let writtenMs = Number.NEGATIVE_INFINITY;
  const stages = new Map<PlannedTrial["scenario"], Promise<Stage>>();

  const closeStages = async (): Promise<void> => {
    const open = [...stages.values()];
    stages.clear();
    // One that could not be opened has nothing to close; its trial was told.
    for (const each of await Promise.allSettled(open))
      if (each.status === "fulfilled") await each.value.close();
  };
  const known = new Map<string, Promise<References | null>>();
  // Alike for all contestants of a scenario and a repeat: they got the same work.
  const references = ({ scenario, seed }: PlannedTrial): Promise<References | null> => {
    const key = `${scenario.name} ${seed}`;
    const found = known.get(key) ?? referencesOf(scenario, seed, inputs.signal);
    known.set(key, found);
    return found.catch((error) => {
      // What was measured before Ctrl-C is kept, without its regret.
      if (inputs.signal.aborted) return null;
      throw error;
    });
  };
  const stageFor = async (trial: PlannedTrial): Promise<Stage> => {
    const open = stages.get(trial.scenario);
    if (open !== undefined) return open;
    if (inputs.engine.parallel === 1) await closeStages();
    const opening = inputs.engine.open(trial.scenario, inputs.signal);
    stages.set(trial.scenario, opening);
    return opening;
  };
  /** In the order of the plan, whichever ended first. */
  const recorded = (): TrialRecord[] => inputs.plan.trials.flatMap((trial) => measured.get(trial) ?? []);
  const record = (partial: boolean, trials = recorded()): RunRecord => ({
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

  // Whatever fills the disk later, there is a record to make reports from.
  writeRecord(inputs.folder, record(true));

  return {
    async play(trial, onProgress) {
      inputs.signal.throwIfAborted();
      const played = await playOne(
        inputs.engine.name,
        await stageFor(trial),
        trial,
        onProgress,
        startFailures,
        inputs.signal,
      );
      const result = withRegret(played, await references(trial));
      measured.set(trial, result);
      // Checking and writing costs more than many a trial that is played beside others.
      if (inputs.engine.parallel === 1 || performance.now() - writtenMs > WRITE_EVERY_MS) {
        writeRecord(inputs.folder, record(true));
        writtenMs = performance.now();
      }
      return result;
    },
    async finish() {
      if (finished !== null) return finished;
      await closeStages();
      await inputs.engine.close();
      finished = record(measured.size < inputs.plan.trials.length || inputs.signal.aborted);
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
  signal: AbortSignal,
): Promise<MeasuredTrial> {
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
    // Ctrl-C of a terminal reaches a balancer that is just starting, too.
    if (signal.aborted) return unmeasuredTrial(trial, engine, ["interrupted"]);
    const reason = error.output.trim() === "" ? error.message : `${error.message}: ${error.output.trim()}`;
    startFailures.push(`${trial.id}: ${reason}`);
    return unmeasuredTrial(trial, engine, [reason]);
  }
}

/** Checked against its published schema before it is written: a record that others cannot read is a failure of ours. */
export function writeRecord(folder: RunFolder, record: RunRecord): void {
  folder.write({ path: RECORD, content: `${JSON.stringify(runSchema.parse(record), null, 2)}\n` });
}
