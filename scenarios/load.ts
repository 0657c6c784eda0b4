/** Scenario files from the disk to validated scenarios: the one place in this folder, with `read-text.ts`, that does I/O. */
import { dirname, resolve } from "node:path";
import { algorithms } from "../balancers/algorithms/registry.ts";
import { canonicalName } from "../balancers/composed-name.ts";
import { balancers } from "../balancers/registry.ts";
import { idleOverlay } from "./composed.ts";
import { expand, type Found, type Layer } from "./expand.ts";
import { scenarioFile } from "./library-folder.ts";
import { isKeys, merge } from "./merge.ts";
import { checkOverrides, durationLayer, isOwnName, type Overrides, select } from "./overrides.ts";
import { formatPath, type Path, type Problem, ScenarioError } from "./problem.ts";
import { readText } from "./read-text.ts";
import type { Scenario } from "./scenario.ts";
import { validate } from "./validate.ts";
import type { BalancerName } from "./variants.ts";

export { ScenarioError };

/** A balancer configuration of the user's own. */
export interface OwnConfig {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

export interface LoadedScenario {
  readonly scenario: Scenario;
  /** What the command line said: this file, the suite it came from, or a name of the library. */
  readonly given: string;
  /** Its own file, relative to the working folder where `given` is. */
  readonly path: string;
  /** Name of the suite it came from. */
  readonly suite: string | null;
  /** By position in `contestants.balancers`. */
  readonly ownConfigs: ReadonlyMap<number, OwnConfig>;
  /** The command line changed `traffic.duration`. */
  readonly durationChanged: boolean;
  /** What the command line made of it that its user should know: claims that lost their contestant. */
  readonly notes: readonly string[];
  /** The same scenario as a file would say it, suites and overrides applied, own configurations as absolute paths. */
  readonly definition: unknown;
}

/**
 * Reads, unfolds suites, applies the command line and validates; throws one ScenarioError with everything that is wrong, by file and line.
 */
export async function loadScenarios(
  paths: readonly string[],
  overrides: Overrides = {},
): Promise<LoadedScenario[]> {
  const problems: Problem[] = checkOverrides(overrides, ALGORITHM_NAMES);
  const loaded: LoadedScenario[] = [];
  for (const path of paths) {
    const expanded = await expand(scenarioFile(path));
    problems.push(...expanded.problems);
    for (const found of expanded.found) {
      const result = await loadOne(found, path, overrides);
      problems.push(...result.problems);
      if (result.scenario !== null) loaded.push(result.scenario);
    }
  }
  problems.push(...sharedNames(loaded));
  if (problems.length > 0) throw new ScenarioError(inOrder(problems));
  return loaded;
}

const ALGORITHM_NAMES = algorithms.map((algorithm) => algorithm.name);

function missing(balancer: BalancerName, algorithm: string): string | null {
  const support = balancers.find(({ name }) => name === balancer)?.supports(algorithm);
  return support === undefined || support.supported ? null : support.reason;
}

interface LoadedOne {
  readonly scenario: LoadedScenario | null;
  readonly problems: readonly Problem[];
}

async function loadOne(
  { path, suite, layers }: Found,
  given: string,
  overrides: Overrides,
): Promise<LoadedOne> {
  const inFiles = [...layers].reverse().reduce<unknown>((base, layer) => merge(base, layer.data), {});
  const data = merge(inFiles, durationLayer(overrides));
  const durationFrom = overrides.durationMs === undefined ? elsewhere(layers, path) : "--duration";
  const validated = validate(data, { algorithms: ALGORITHM_NAMES, missing, durationFrom });
  const problems = validated.findings.map((finding): Problem => {
    const place = locate(layers, finding.path, finding.atKey === true);
    return { ...place, path: formatPath(finding.path), message: finding.message };
  });
  if (validated.scenario === null) return { scenario: null, problems };
  const { scenario, definition, notes } = select(validated.scenario, data, overrides, missing);
  if (scenario.contestants.balancers.length === 0) {
    const missing = overrides.balancers?.filter(isOwnName) ?? [];
    // Other names that there are not have been said already.
    const found = missing.map((name): Problem => {
      const message = `${scenario.name} has no ${name}`;
      return { file: "--balancer", line: null, column: null, path: "", message };
    });
    return { scenario: null, problems: found };
  }
  const idle = (overrides.algorithms ?? []).flatMap((name): Problem[] => {
    const message = idleOverlay(canonicalName(name), scenario);
    return message === null ? [] : [{ file: "--algorithm", line: null, column: null, path: "", message }];
  });
  if (idle.length > 0) return { scenario: null, problems: idle };
  const own = await readOwnConfigs(scenario, layers);
  if (own.problems.length > 0) return { scenario: null, problems: own.problems };
  return {
    problems: [],
    scenario: {
      scenario,
      given,
      path,
      suite,
      ownConfigs: own.configs,
      durationChanged: overrides.durationMs !== undefined,
      notes,
      definition: withOwnConfigs(definition, own.configs),
    },
  };
}

/** The suite that sets the duration, when it is not the scenario's own file. */
function elsewhere(layers: readonly Layer[], path: string): string | undefined {
  const { file } = locate(layers, ["traffic", "duration"], false);
  return file === path ? undefined : file;
}

/** The layer that says it, or the scenario's own file where none does. */
function locate(
  layers: readonly Layer[],
  path: Path,
  atKey: boolean,
): Pick<Problem, "file" | "line" | "column"> {
  const places = layers.map((layer) => layer.locate(path, atKey));
  const exact = places.find((place) => place.depth === path.length);
  const { file, line, column } = exact ?? places.at(-1)!;
  return { file, line, column };
}

async function readOwnConfigs(
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

function withOwnConfigs(data: unknown, configs: ReadonlyMap<number, OwnConfig>): unknown {
  if (configs.size === 0 || !isKeys(data) || !isKeys(data.contestants)) return data;
  const balancers = (data.contestants.balancers as readonly unknown[]).map((entry, i) => {
    const own = configs.get(i);
    return own === undefined || !isKeys(entry) ? entry : { [Object.keys(entry)[0]!]: own.path };
  });
  return { ...data, contestants: { ...data.contestants, balancers } };
}

/** Trials are named after their scenario, so two of one name would overwrite each other. */
function sharedNames(loaded: readonly LoadedScenario[]): Problem[] {
  return loaded.flatMap(({ scenario, path }, i): Problem[] => {
    const first = loaded.findIndex((other) => other.scenario.name === scenario.name);
    if (first === i) return [];
    const message = `${JSON.stringify(scenario.name)} is also the name of ${loaded[first]!.path}; every scenario of a run needs its own`;
    return [{ file: path, line: null, column: null, path: "name", message }];
  });
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  const files = [...new Set(problems.map((problem) => problem.file))];
  return [...problems]
    .filter((problem) => {
      const key = JSON.stringify(problem);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .sort(
      (a, b) =>
        files.indexOf(a.file) - files.indexOf(b.file) ||
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0),
    );
}
