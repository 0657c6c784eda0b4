import { join } from "node:path";
import type { Fault, FaultSpec } from "../../backends/faults/fault.ts";
import { faults } from "../../backends/faults/registry.ts";
import { builtin } from "../../balancers/builtin/balancer.ts";
import type { LoadedScenario } from "../../scenarios/load.ts";
import { isReal } from "../../scenarios/real-django.ts";
import type { Sweep } from "../../scenarios/sweep.ts";
import type { Io } from "../io.ts";
import { planTrials } from "../plan.ts";
import { createRunFolder, createRunId, scenarioFile } from "../run-folder.ts";
import { commandLine, playSimulation } from "../session.ts";
import { resize } from "../simulation/resize.ts";
import { UsageError } from "../trial.ts";
import { versionsOf } from "../versions.ts";
import { chosenScenarios } from "./chosen.ts";
import { finishSession } from "./finish.ts";

export interface SimulateOptions {
  readonly algorithm?: readonly string[];
  readonly repeat: number;
  readonly seed: number;
  readonly duration?: number;
  readonly requests?: number;
  readonly backends?: number;
  readonly sweep?: Sweep;
  readonly out?: string;
  /** False: trials with faults are not played without them. */
  readonly counterfactual: boolean;
  readonly all?: boolean;
  readonly quick?: boolean;
  readonly json?: boolean;
}

/** Plays scenarios in virtual time: each algorithm once, by the rules of the builtin proxy. Gives the exit code. */
export async function simulateCommand(
  paths: readonly string[],
  options: SimulateOptions,
  io: Io,
): Promise<number> {
  const { seed, repeat, algorithm, duration, sweep, out, counterfactual } = options;
  refuseContradiction(options);
  const overrides = {
    ...(options.quick === undefined ? {} : { quick: options.quick }),
    balancers: [builtin.name],
    ...(algorithm === undefined ? {} : { algorithms: algorithm }),
    ...(duration === undefined ? {} : { durationMs: duration }),
    ...(sweep === undefined ? {} : { sweep }),
  };
  const choice = { all: options.all === true, overrides, engine: "simulation" } as const;
  const loaded = await chosenScenarios(paths, choice, io);
  for (const { scenario } of loaded) {
    if (isReal(scenario))
      io.stderr.write(
        `note: ${scenario.name} has real Django backends; the simulated backend plays them by their profile\n`,
      );
  }
  const scenarios = loaded.map((each) => resize(withoutControl(each), options));
  const notes = scenarios.flatMap((each) => [...each.notes, ...simulatedFaults(each.scenario)]);
  for (const note of notes) io.stderr.write(`note: ${note}\n`);
  const id = createRunId(new Date());
  const scenarioPath = (name: string): string => join(out ?? join("results", id), scenarioFile(name));
  const command = "simulate";
  const plan = planTrials(scenarios, [builtin], { command, seed, repeat, counterfactual, scenarioPath });
  const folder = createRunFolder(id, out);
  const inputs = { id, seed, repeats: repeat, command: commandLine(), scenarios, plan, folder };
  const session = await playSimulation({ ...inputs, versions: versionsOf(new Map()) }, io).finally(
    folder.discard,
  );
  const next = "npx evenkeel run steady";
  return finishSession(session, folder, { json: options.json === true, next }, io);
}

/** The same contestant played twice in virtual time is the same to the last bit: it would call noise 0. */
function withoutControl(loaded: LoadedScenario): LoadedScenario {
  const { control: _, ...contestants } = loaded.scenario.contestants;
  return { ...loaded, scenario: { ...loaded.scenario, contestants } };
}

/** What is different about the faults of a scenario here. */
function simulatedFaults({ name, faults: used, backends }: LoadedScenario["scenario"]): readonly string[] {
  return used.flatMap((fault, i) => {
    const kind = faults.find((each) => each.name === fault.type) as Fault | undefined;
    const said = kind?.simulated?.(fault as unknown as FaultSpec, backends.mode) ?? null;
    return said === null ? [] : [`${name}: faults[${i}] (${fault.type}): ${said}`];
  });
}

/** What is swept cannot be set to one value as well. */
function refuseContradiction({ sweep, backends, requests, duration }: SimulateOptions): void {
  const path = sweep?.path.join(".");
  const flag =
    path === "backends.count" && backends !== undefined
      ? "--backends"
      : path === "traffic.duration" && requests !== undefined
        ? "--requests"
        : path === "traffic.duration" && duration !== undefined
          ? "--duration"
          : null;
  if (flag !== null)
    throw new UsageError(`${flag} sets what --sweep ${sweep?.label} varies: give one of them`);
}
