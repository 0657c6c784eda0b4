import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { BalancerSpec } from "../../balancers/balancer.ts";
import type { RunFolder } from "../run-folder.ts";
import type { PlannedTrial } from "../trial.ts";

/** Keeps what the balancer ran beside the rows of the trial; gives the paths below the run folder. */
export function keepConfigs(folder: RunFolder, trial: PlannedTrial, spec: BalancerSpec): readonly string[] {
  return trial.contestant.balancer.render(spec).flatMap(({ path }) => {
    const source = join(spec.directory, path);
    if (!existsSync(source)) return [];
    const kept = `trials/${trial.id}/${path}`;
    copyFileSync(source, folder.place(kept));
    return [kept];
  });
}
