import { join } from "node:path";
import type { Availability } from "../../balancers/balancer.ts";
import { plannedRates } from "../../scenarios/capacity.ts";
import type { LoadedScenario } from "../../scenarios/load.ts";
import type { Sweep } from "../../scenarios/sweep.ts";
import { findPythons } from "../django/find.ts";
import { findBalancers, NOT_HERE, withReasons } from "../find-balancers.ts";
import { EXIT, type Io } from "../io.ts";
import { connectionsNote } from "../live/connections-needed.ts";
import { removeLeftovers } from "../live/work-folder.ts";
import { type Plan, planTrials } from "../plan.ts";
import { printPlan } from "../print-plan.ts";
import { createRunFolder, createRunId, scenarioFile } from "../run-folder.ts";
import { commandLine, playLive } from "../session.ts";
import { EnvironmentError, UsageError } from "../trial.ts";
import { versionsOf } from "../versions.ts";
import { chosenScenarios } from "./chosen.ts";
import { finishSession } from "./finish.ts";

/** Far above what any generator reaches, and still few enough that the timetable is walked to its end and the verdict given. */
const MOST_PER_SECOND = 1_000_000;

export interface RunOptions {
  readonly balancer?: readonly string[];
  readonly algorithm?: readonly string[];
  readonly scenario?: readonly string[];
  readonly repeat: number;
  readonly seed: number;
  readonly duration?: number;
  readonly sweep?: Sweep;
  readonly python?: string;
  readonly out?: string;
  /** Play every trial with faults without them, too: twice the time. */
  readonly counterfactual?: boolean;
  readonly all?: boolean;
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

/** Plays scenarios, writes the run folder and prints the comparison. Gives the exit code. */
export async function runCommand(paths: readonly string[], options: RunOptions, io: Io): Promise<number> {
  const scenarios = await select(paths, options, io);
  for (const note of scenarios.flatMap(({ notes }) => notes)) io.stderr.write(`note: ${note}\n`);
  for (const { scenario } of scenarios) {
    const note = connectionsNote(scenario);
    if (note !== null) io.stderr.write(`note: ${note}\n`);
  }
  const found = await findBalancers(scenarios, options, io);
  const id = createRunId(new Date());
  const plan = planFor(scenarios, found, options, id);
  if (options.dryRun) {
    printPlan(plan, { json: options.json === true }, io);
    return EXIT.fine;
  }
  if (plan.trials.length === 0) throw nothingToPlay(plan);
  const pythons = await findPythons(scenarios, options.python, io);
  for (const left of removeLeftovers())
    io.stderr.write(`removed what the killed run ${left} had left behind\n`);
  const folder = createRunFolder(id, options.out);
  const { seed, repeat: repeats } = options;
  const versions = { ...versionsOf(found), ...pythons.versions };
  const session = await playLive(
    { id, seed, repeats, command: commandLine(), scenarios, versions, plan, folder, pythons },
    io,
  ).finally(folder.discard);
  const next = "npx evenkeel list scenarios · npx evenkeel run steady --repeat 3";
  return finishSession(session, folder, { json: options.json === true, next }, io);
}

function nothingToPlay({ unsupported }: Plan): Error {
  const reasons = unsupported.map((pair) => `${pair.balancer}/${pair.algorithm}: ${pair.reason}`).join("\n");
  return unsupported.some(({ reason }) => reason.startsWith(NOT_HERE))
    ? new EnvironmentError(reasons)
    : new UsageError(reasons);
}

async function select(
  paths: readonly string[],
  options: RunOptions,
  io: Io,
): Promise<readonly LoadedScenario[]> {
  const overrides = {
    ...(options.quick === undefined ? {} : { quick: options.quick }),
    ...(options.balancer === undefined ? {} : { balancers: options.balancer }),
    ...(options.algorithm === undefined ? {} : { algorithms: options.algorithm }),
    ...(options.duration === undefined ? {} : { durationMs: options.duration }),
    ...(options.sweep === undefined ? {} : { sweep: options.sweep }),
  };
  const choice = { all: options.all === true, overrides, engine: "live" } as const;
  const scenarios = await chosenScenarios(paths, choice, io);
  for (const { scenario } of scenarios) {
    if (scenario.membership.length > 0 && scenario.contestants.balancers.some((b) => typeof b !== "string"))
      throw new UsageError(
        `${scenario.name} sets membership and has a configuration of your own, whose backends we cannot change: leave one of them out`,
      );
    const rate = plannedRates(scenario)?.peak ?? 0;
    if (rate > MOST_PER_SECOND)
      throw new UsageError(
        `${scenario.name} asks for ${rate.toLocaleString("en")} requests per second: no machine sends more than ${MOST_PER_SECOND.toLocaleString("en")} from one core; play it with simulate`,
      );
  }
  const { scenario: wanted } = options;
  if (wanted === undefined) return scenarios;
  const nameOf = ({ scenario, sweep }: LoadedScenario): string => sweep?.of ?? scenario.name;
  const names = [...new Set(scenarios.map(nameOf))];
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`--scenario ${unknown}: there is ${names.join(", ")}`);
  return scenarios.filter((loaded) => wanted.includes(nameOf(loaded)));
}

function planFor(
  scenarios: readonly LoadedScenario[],
  found: ReadonlyMap<string, Availability>,
  options: RunOptions,
  id: string,
): Plan {
  const scenarioPath = (name: string): string => join(options.out ?? join("results", id), scenarioFile(name));
  return planTrials(scenarios, withReasons(found), {
    command: "run",
    seed: options.seed,
    repeat: options.repeat,
    counterfactual: options.counterfactual === true,
    scenarioPath,
  });
}
