import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Runtime } from "../../balancers/runtime.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import type { RunFolder } from "../run-folder.ts";
import type { Engine, Stage } from "../trial.ts";
import { openFleet } from "./fleet.ts";
import { type LoadClient, startLoadClient } from "./load-client.ts";
import { primeBackends } from "./prime.ts";
import { openStage } from "./stage.ts";

export interface LiveOptions {
  readonly runtime: Runtime;
  readonly folder: RunFolder;
  /** The run's work folder: sockets, rendered configurations, logs. */
  readonly workFolder: string;
  readonly seed: number;
}

/** Plays trials on the wall clock, over sockets of this machine. One load generator serves all trials. */
export function createLiveEngine({ runtime, folder, workFolder, seed }: LiveOptions): Engine {
  let load: LoadClient | null = null;
  let stages = 0;
  const running = async (): Promise<LoadClient> => {
    // A generator that died took its trial with it; the next one gets a new one.
    if (load === null || !load.handle.running) load = await startLoadClient(runtime, workFolder);
    return load;
  };
  return {
    name: "live",
    parallel: 1,
    async open(scenario: Scenario, signal: AbortSignal): Promise<Stage> {
      stages += 1;
      const directory = join(workFolder, `stage-${stages}`);
      mkdirSync(directory);
      const [fleet, generator] = await Promise.all([
        openFleet(runtime, scenario, seed, directory),
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
