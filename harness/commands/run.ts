import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Availability } from "../../balancers/balancer.ts";
import { balancers } from "../../balancers/registry.ts";
import type { RunRecord } from "../../reports/record.ts";
import { renderAll } from "../../reports/render.ts";
import { renderTerminal } from "../../reports/terminal.ts";
import { type LoadedScenario, loadScenarios } from "../../scenarios/load.ts";
import { checkOwnConfigs } from "../check-own-configs.ts";
import { findBalancers } from "../find-balancers.ts";
import { onInterrupt } from "../interrupt.ts";
import { EXIT, type Io, wantsColor } from "../io.ts";
import { createLiveEngine } from "../live/engine.ts";
import { createProcessRuntime } from "../live/runtimes/process.ts";
import { createWorkFolder, removeLeftovers } from "../live/work-folder.ts";
import { describeMachine } from "../measure/machine.ts";
import { type Plan, planTrials } from "../plan.ts";
import { printPlan } from "../print-plan.ts";
import { showTrials } from "../progress.ts";
import { startRun } from "../run.ts";
import { createRunFolder, createRunId, type RunFolder } from "../run-folder.ts";
import { EnvironmentError, UsageError } from "../trial.ts";
import { versionsOf } from "../versions.ts";

export interface RunOptions {
  readonly balancer?: readonly string[];
  readonly algorithm?: readonly string[];
  readonly scenario?: readonly string[];
  readonly repeat: number;
  readonly seed: number;
  readonly duration?: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

/** Plays scenarios, writes the run folder and prints the comparison. Gives the exit code. */
export async function runCommand(paths: readonly string[], options: RunOptions, io: Io): Promise<number> {
  const scenarios = await select(paths, options);
  const found = await findBalancers(scenarios, options, io);
  const id = createRunId(new Date());
  const plan = planFor(scenarios, found, options, id);
  if (options.dryRun) {
    printPlan(plan, io);
    return EXIT.fine;
  }
  if (plan.trials.length === 0) {
    throw new EnvironmentError(
      plan.unsupported
        .map(({ balancer, algorithm, reason }) => `${balancer}/${algorithm}: ${reason}`)
        .join("\n"),
    );
  }
  for (const left of removeLeftovers())
    io.stderr.write(`removed what the killed run ${left} had left behind\n`);
  const folder = createRunFolder(id, options.out);
  const record = await playAll({ id, scenarios, found, plan, folder, options, io });
  return report(record, folder, options, io);
}

async function select(paths: readonly string[], options: RunOptions): Promise<readonly LoadedScenario[]> {
  const scenarios = await loadScenarios(paths, {
    ...(options.balancer === undefined ? {} : { balancers: options.balancer }),
    ...(options.algorithm === undefined ? {} : { algorithms: options.algorithm }),
    ...(options.duration === undefined ? {} : { durationMs: options.duration }),
  });
  const { scenario: wanted } = options;
  if (wanted === undefined) return scenarios;
  const names = scenarios.map(({ scenario }) => scenario.name);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`--scenario ${unknown}: there is ${names.join(", ")}`);
  return scenarios.filter(({ scenario }) => wanted.includes(scenario.name));
}

/** Balancers that this machine lacks are pairs that cannot be played, with the reason. */
function planFor(
  scenarios: readonly LoadedScenario[],
  found: ReadonlyMap<string, Availability>,
  options: RunOptions,
  id: string,
): Plan {
  const present = balancers.map((balancer) => {
    const availability = found.get(balancer.name);
    if (availability === undefined || availability.available) return balancer;
    const reason = `not on this machine: ${availability.reason} ${availability.advice}`;
    return { ...balancer, supports: () => ({ supported: false, reason }) as const };
  });
  const scenarioPath = (name: string): string => join(options.out ?? join("results", id), scenarioFile(name));
  return planTrials(scenarios, present, { seed: options.seed, repeat: options.repeat, scenarioPath });
}

/** The scenario as it was played, with all that a suite or the command line changed: below the run folder. */
function scenarioFile(name: string): string {
  return `scenarios/${name}.yaml`;
}

interface Play {
  readonly id: string;
  readonly scenarios: readonly LoadedScenario[];
  readonly found: ReadonlyMap<string, Availability>;
  readonly plan: Plan;
  readonly folder: RunFolder;
  readonly options: RunOptions;
  readonly io: Io;
}

async function playAll({ id, scenarios, found, plan, folder, options, io }: Play): Promise<RunRecord> {
  const runtime = createProcessRuntime();
  const work = createWorkFolder(id);
  const interrupt = onInterrupt(io);
  try {
    await checkOwnConfigs(plan, runtime, work.path);
    for (const { scenario, definition } of scenarios)
      folder.write({ path: scenarioFile(scenario.name), content: stringify(definition) });
    const engine = createLiveEngine({ runtime, folder, workFolder: work.path, seed: options.seed });
    const { seed, repeat: repeats } = options;
    const command = ["evenkeel", ...process.argv.slice(2)].join(" ");
    const versions = versionsOf(found);
    const run = startRun({
      id,
      seed,
      repeats,
      command,
      scenarios,
      plan,
      engine,
      folder,
      versions,
      machine: describeMachine(),
      signal: interrupt.signal,
    });
    try {
      await showTrials(plan.trials, run.play);
    } catch (error) {
      // What was measured so far is kept whatever ended the run.
      await run.finish();
      if (!interrupt.signal.aborted) throw error;
    }
    return await run.finish();
  } finally {
    await runtime.stopAll();
    work.remove();
    interrupt.close();
  }
}

async function report(record: RunRecord, folder: RunFolder, options: RunOptions, io: Io): Promise<number> {
  for (const file of await renderAll(record, folder.context)) folder.write(file);
  if (options.json) io.stdout.write(readFileSync(join(folder.path, "result.json"), "utf8"));
  else
    io.stdout.write(
      renderTerminal(record, { color: wantsColor(io.stdout), width: io.stdout.columns ?? 100 }),
    );
  io.stderr.write(
    `\n${record.run.partial ? "Interrupted: what was measured is in" : "Everything is in"} ${folder.path} (open report.html)\n`,
  );
  return exitCodeOf(record);
}

function exitCodeOf({ run, trials, objectives }: RunRecord): number {
  if (run.partial) return EXIT.interrupted;
  if (objectives.some(({ met }) => met === false)) return EXIT.objective;
  if (trials.every(({ verdict }) => verdict.status === "invalid")) return EXIT.failure;
  return EXIT.fine;
}
