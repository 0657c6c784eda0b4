import { Listr, ListrLogger, type ListrTask, ProcessOutput } from "listr2";
import { showMs, showShare } from "../reports/figures.ts";
import type { TrialRecord } from "../reports/record.ts";
import type { PlannedTrial, Progress } from "./trial.ts";

/** How the trials of a run are shown while they play, on standard error: a live list on a terminal, a line per event elsewhere. */
export async function showTrials(
  trials: readonly PlannedTrial[],
  play: (trial: PlannedTrial, onProgress: (progress: Progress) => void) => Promise<TrialRecord>,
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
  const logger = new ListrLogger({
    processOutput: new ProcessOutput(process.stderr, process.stderr),
    useIcons: true,
  });
  const live = process.stderr.isTTY === true;
  await new Listr(tasks, {
    concurrent: false,
    exitOnError: true,
    registerSignalListeners: false,
    renderer: "default",
    fallbackRenderer: "simple",
    fallbackRendererCondition: !live,
    rendererOptions: { logger, showErrorMessage: false },
    fallbackRendererOptions: { logger },
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
        // Elsewhere every change would be a line of its own.
        if (process.stderr.isTTY === true) task.output = describe(progress);
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
  // The highest percentile that the trial is long enough for.
  const [name, ms] =
    (["p99", "p95", "p90", "p50"] as const)
      .map((p) => [p, latencyMs[p]] as const)
      .find(([, value]) => value !== null) ?? [];
  const latency = name === undefined ? "too few requests" : `${name} ${showMs(ms as number)}`;
  const failed = errorRate > 0 ? `, ${showShare(errorRate)} failed` : "";
  return `${latency}${failed}${verdict.status === "suspect" ? " (suspect)" : ""}`;
}
