import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Runtime } from "../../balancers/runtime.ts";
import { isReal } from "../../scenarios/real-django.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { prepareDatabase } from "../django/environment.ts";
import type { Python } from "../django/product.ts";
import { startDjango } from "../django/server.ts";
import type { RunFolder } from "../run-folder.ts";
import type { Engine, Stage } from "../trial.ts";
import { startBackend } from "./backend-process.ts";
import { openFleet, type StartBackend } from "./fleet.ts";
import { type LoadClient, startLoadClient } from "./load-client.ts";
import { primeBackends } from "./prime.ts";
import { openStage } from "./stage.ts";

export interface LiveOptions {
  readonly runtime: Runtime;
  readonly folder: RunFolder;
  /** The run's work folder: sockets, rendered configurations, logs. */
  readonly workFolder: string;
  readonly seed: number;
  /** The Python of a scenario with real Django servers; only such scenarios need it. */
  readonly pythonFor?: (scenario: Scenario) => Python;
}

/** Plays trials on the wall clock, over sockets of this machine. One load generator serves all trials. */
export function createLiveEngine({ runtime, folder, workFolder, seed, pythonFor }: LiveOptions): Engine {
  let load: LoadClient | null = null;
  let stages = 0;
  const running = async (): Promise<LoadClient> => {
    // A generator that died took its trial with it; the next one gets a new one.
    if (load === null || !load.handle.running) load = await startLoadClient(runtime, workFolder);
    return load;
  };
  const starterFor = async (scenario: Scenario, cwd: string): Promise<StartBackend> => {
    if (!isReal(scenario)) return (spec) => startBackend(runtime, spec, cwd);
    if (pythonFor === undefined) throw new Error(`${scenario.name} has real servers, and no Python for them`);
    const python = pythonFor(scenario);
    const database = await prepareDatabase(runtime, python, cwd);
    return (spec) => startDjango(runtime, spec, { python, database, cwd });
  };
  return {
    name: "live",
    parallel: 1,
    async open(scenario: Scenario, signal: AbortSignal): Promise<Stage> {
      stages += 1;
      const directory = join(workFolder, `stage-${stages}`);
      mkdirSync(directory);
      const [fleet, generator] = await Promise.all([
        starterFor(scenario, directory).then((start) => openFleet(runtime, scenario, seed, start)),
        running(),
      ]);
      await primeBackends({ load: generator, scenario, folder: directory, signal }, fleet.addresses);
      return openStage({ runtime, folder, directory, scenario, fleet, load: running, signal });
    },
    async close() {
      await load?.close();
    },
  };
}
