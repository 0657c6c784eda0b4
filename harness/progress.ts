import { Listr, ListrLogger, type ListrTask, ProcessOutput } from "listr2";
import type { TrialRecord } from "../reports/record.ts";
import type { PlannedTrial, Progress } from "./trial.ts";

/** How the trials of a run are shown while they play, on standard error: a live list on a terminal, a line per event elsewhere. */
export async function showTrials(
  trials: readonly PlannedTrial[],
  play: (trial: PlannedTrial, onProgress: (progress: Progress) => void) => Promise<TrialRecord>,
  { silent }: { readonly silent: boolean },
): Promise<void> {
  const scenarios = [...new Set(trials.map((trial) => trial.scenario))];
  const tasks: ListrTask[] = scenarios.map((scenario) => ({
    title: scenario.title,
    task: (_, parent) =>
      parent.newListr(
        trials.filter((trial) => trial.scenario === scenario).map((trial) => toTask(trial, play)),
        { concurrent: false, exitOnError: true, rendererOptions: { collapseSubtasks: false } },
      ),
  }));
  const logger = { processOutput: new ProcessOutput(process.stderr, process.stderr) };
  await new Listr(tasks, {
    concurrent: false,
    exitOnError: true,
    registerSignalListeners: false,
    renderer: "default",
    fallbackRenderer: "simple",
    fallbackRendererCondition: () => process.stderr.isTTY !== true,
    silentRendererCondition: () => silent,
    rendererOptions: {
      logger: ListrLogger,
      loggerOptions: logger,
      showErrorMessage: false,
      collapseErrors: true,
    } as never,
    fallbackRendererOptions: { logger: ListrLogger, loggerOptions: logger } as never,
  }).run();
}

function toTask(
  trial: PlannedTrial,
  play: (trial: PlannedTrial, onProgress: (progress: Progress) => void) => Promise<TrialRecord>,
): ListrTask {
  const name = `${trial.contestant.name}/${trial.contestant.algorithm}${trial.contestant.control ? " (again, for the noise)" : ""}`;
  return {
    title: trial.repeat > 1 ? `${name} #${trial.repeat}` : name,
    task: async (_, task) => {
      const record = await play(trial, (progress) => {
        task.output = describe(progress);
      });
      task.title = `${task.title}  ${outcome(record)}`;
    },
  };
}

function describe({ phase, scheduled, ended, failed }: Progress): string {
  return phase === "measure"
    ? `measure: ${ended} of ${scheduled} answered${failed > 0 ? `, ${failed} failed` : ""}`
    : phase;
}

function outcome({ verdict, latencyMs, errorRate }: TrialRecord): string {
  if (verdict.status === "invalid") return `invalid: ${verdict.reasons[0] ?? ""}`;
  const p99 = latencyMs.p99 === null ? "p99 not reached" : `p99 ${latencyMs.p99.toPrecision(3)} ms`;
  return `${p99}${errorRate > 0 ? `, ${(100 * errorRate).toPrecision(2)} % failed` : ""}${verdict.status === "suspect" ? " (suspect)" : ""}`;
}
