import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Availability } from "../../balancers/balancer.ts";
import { balancers } from "../../balancers/registry.ts";
import type { RunRecord } from "../../reports/record.ts";
import { renderAll } from "../../reports/render.ts";
import { renderTerminal } from "../../reports/terminal.ts";
import { type LoadedScenario, loadScenarios } from "../../scenarios/load.ts";
import { findBalancers } from "../find-balancers.ts";
import { EXIT, type Io, wantsColor } from "../io.ts";
import { removeLeftovers } from "../live/work-folder.ts";
import { type Plan, planTrials } from "../plan.ts";
import { printPlan } from "../print-plan.ts";
import { createRunFolder, createRunId, type RunFolder, scenarioFile } from "../run-folder.ts";
import { playSession, type Session } from "../session.ts";
import { EnvironmentError, UsageError } from "../trial.ts";

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
  for (const note of scenarios.flatMap(({ notes }) => notes)) io.stderr.write(`note: ${note}\n`);
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
  const { seed, repeat: repeats } = options;
  const session = await playSession(
    { id, seed, repeats, command: commandLine(), scenarios, found, plan, folder },
    io,
  );
  return report(session, folder, options, io);
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

function commandLine(): string {
  return ["evenkeel", ...process.argv.slice(2)].join(" ");
}

async function report(
  { record, failure, startFailures, interrupted }: Session,
  folder: RunFolder,
  options: RunOptions,
  io: Io,
): Promise<number> {
  const warn = (failed: { readonly name: string }, error: unknown): void => {
    io.stderr.write(
      `evenkeel: the ${failed.name} report could not be made: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  };
  for (const file of await renderAll(record, folder.context, warn)) folder.write(file);
  if (options.json) io.stdout.write(readFileSync(join(folder.path, "result.json"), "utf8"));
  else
    io.stdout.write(
      renderTerminal(record, { color: wantsColor(io.stdout), width: io.stdout.columns ?? 100 }),
    );
  for (const reason of startFailures) io.stderr.write(`evenkeel: did not start: ${reason}\n`);
  io.stderr.write(
    `\n${record.run.partial ? "Ended early: what was measured is in" : "Everything is in"} ${folder.path}\nNext: open ${join(folder.path, "report.html")} · npx evenkeel list scenarios · npx evenkeel run steady --repeat 3\n`,
  );
  if (failure !== null) throw failure;
  return interrupted ? EXIT.interrupted : exitCodeOf(record, startFailures);
}

function exitCodeOf({ trials, objectives }: RunRecord, startFailures: readonly string[]): number {
  if (objectives.some(({ met }) => met === false)) return EXIT.objective;
  if (startFailures.length > 0) return EXIT.environment;
  return trials.every(({ verdict }) => verdict.status === "invalid") ? EXIT.failure : EXIT.fine;
}
