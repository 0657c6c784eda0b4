import { dirname, resolve } from "node:path";
import { type Layer, locate } from "./expand.ts";
import { isKeys } from "./merge.ts";
import { formatPath, type Problem } from "./problem.ts";
import { readText } from "./read-text.ts";
import type { Scenario } from "./scenario.ts";

/** A balancer configuration of the user's own. */
export interface OwnConfig {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Reads the configurations that a scenario names, by position in `contestants.balancers`. */
export async function readOwnConfigs(
  scenario: Scenario,
  layers: readonly Layer[],
): Promise<{ readonly configs: ReadonlyMap<number, OwnConfig>; readonly problems: readonly Problem[] }> {
  const configs = new Map<number, OwnConfig>();
  const problems: Problem[] = [];
  for (const [index, entry] of scenario.contestants.balancers.entries()) {
    if (typeof entry === "string") continue;
    const [kind, name] = Object.entries(entry)[0] as [string, string];
    const keyPath = ["contestants", "balancers", index, kind];
    const place = locate(layers, keyPath, false);
    const file = resolve(dirname(place.file), name);
    const read = await readText(file);
    if ("text" in read) configs.set(index, { path: file, text: read.text });
    else problems.push({ ...place, path: formatPath(keyPath), message: `${name}: ${read.problem}` });
  }
  return { configs, problems };
}

/** The same data with absolute paths. */
export function withOwnConfigs(data: unknown, configs: ReadonlyMap<number, OwnConfig>): unknown {
  if (configs.size === 0 || !isKeys(data) || !isKeys(data.contestants)) return data;
  const balancers = (data.contestants.balancers as readonly unknown[]).map((entry, i) => {
    const own = configs.get(i);
    return own === undefined || !isKeys(entry) ? entry : { [Object.keys(entry)[0]!]: own.path };
  });
  return { ...data, contestants: { ...data.contestants, balancers } };
}
