/** Scenario files from the disk to validated scenarios: the one place in this folder, with `read-text.ts`, that does I/O. */
import { dirname } from "node:path";
import { algorithms } from "../balancers/algorithms/registry.ts";
import { expand, type Found, type Layer, locate } from "./expand.ts";
import { scenarioFile } from "./library-folder.ts";
import { merge } from "./merge.ts";
import { checkOverrides, durationLayer, isOwnName, type Overrides, select } from "./overrides.ts";
import { algorithmsOf, type OwnAlgorithms, resolveAlgorithms, withAlgorithms } from "./own-algorithms.ts";
import { type OwnConfig, readOwnConfigs, withOwnConfigs } from "./own-configs.ts";
import { formatPath, type Problem, ScenarioError } from "./problem.ts";
import type { Scenario } from "./scenario.ts";
import { validate } from "./validate.ts";

export { ScenarioError };

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
  readonly ownAlgorithms: OwnAlgorithms;
  /** The command line changed `traffic.duration`. */
  readonly durationChanged: boolean;
  /** What the command line made of it that its user should know: claims that lost their contestant. */
  readonly notes: readonly string[];
  /** The same scenario as a file would say it, suites and overrides applied, files of the user's own as absolute paths. */
  readonly definition: unknown;
}

/**
 * Reads, unfolds suites, applies the command line and validates; throws one ScenarioError with everything that is wrong, by file and line.
 */
export async function loadScenarios(
  paths: readonly string[],
  overrides: Overrides = {},
): Promise<LoadedScenario[]> {
  const given = await resolveAlgorithms(overrides.algorithms ?? [], () => ON_COMMAND_LINE);
  const asked =
    overrides.algorithms === undefined ? overrides : { ...overrides, algorithms: given.entries as string[] };
  const problems: Problem[] = [];
  const loaded: LoadedScenario[] = [];
  const own = new Set(given.own.keys());
  for (const path of paths) {
    const expanded = await expand(scenarioFile(path));
    problems.push(...expanded.problems);
    for (const found of expanded.found) {
      const result = await loadOne(found, path, asked, given.own);
      problems.push(...result.problems);
      for (const name of result.own) own.add(name);
      if (result.scenario !== null) loaded.push(result.scenario);
    }
  }
  const known = [...ALGORITHM_NAMES, ...own];
  problems.unshift(...given.problems, ...checkOverrides(asked, known));
  problems.push(...sharedNames(loaded), ...missingAlgorithms(loaded, known));
  if (problems.length > 0) throw new ScenarioError(inOrder(problems));
  return loaded;
}

const ALGORITHM_NAMES = algorithms.map((algorithm) => algorithm.name);
const ON_COMMAND_LINE = { file: "--algorithm", line: null, column: null, path: "", folder: "." };

interface LoadedOne {
  readonly scenario: LoadedScenario | null;
  /** Names of the algorithms that it has in files of its own. */
  readonly own: Iterable<string>;
  readonly problems: readonly Problem[];
}

async function loadOne(
  { path, suite, layers }: Found,
  given: string,
  overrides: Overrides,
  added: OwnAlgorithms,
): Promise<LoadedOne> {
  const inFiles = [...layers].reverse().reduce<unknown>((base, layer) => merge(base, layer.data), {});
  const named = await resolveAlgorithms(algorithmsOf(inFiles), (index) => {
    const keyPath = ["contestants", "algorithms", index];
    const place = locate(layers, keyPath, false);
    return { ...place, path: formatPath(keyPath), folder: dirname(place.file) };
  });
  const own = new Map([...named.own, ...added]);
  if (named.problems.length > 0) return { scenario: null, own: own.keys(), problems: named.problems };
  const data = merge(withAlgorithms(inFiles, named.entries), durationLayer(overrides));
  const durationFrom = overrides.durationMs === undefined ? elsewhere(layers, path) : "--duration";
  const validated = validate(data, { algorithms: [...ALGORITHM_NAMES, ...own.keys()], durationFrom });
  const problems = validated.findings.map((finding): Problem => {
    const place = locate(layers, finding.path, finding.atKey === true);
    return { ...place, path: formatPath(finding.path), message: finding.message };
  });
  if (validated.scenario === null) return { scenario: null, own: own.keys(), problems };
  const { scenario, definition, notes } = select(validated.scenario, data, overrides);
  if (scenario.contestants.balancers.length === 0) {
    const missing = overrides.balancers?.filter(isOwnName) ?? [];
    // Other names that there are not have been said already.
    const found = missing.map((name): Problem => {
      const message = `${scenario.name} has no ${name}`;
      return { file: "--balancer", line: null, column: null, path: "", message };
    });
    return { scenario: null, own: own.keys(), problems: found };
  }
  const configs = await readOwnConfigs(scenario, layers);
  if (configs.problems.length > 0) return { scenario: null, own: own.keys(), problems: configs.problems };
  const played = scenario.contestants.algorithms;
  return {
    own: own.keys(),
    problems: [],
    scenario: {
      scenario,
      given,
      path,
      suite,
      ownConfigs: configs.configs,
      ownAlgorithms: new Map([...own].filter(([name]) => played.includes(name))),
      durationChanged: overrides.durationMs !== undefined,
      notes,
      definition: withAlgorithms(
        withOwnConfigs(definition, configs.configs),
        played.map((name) => own.get(name)?.path ?? name),
      ),
    },
  };
}

/** The suite that sets the duration, when it is not the scenario's own file. */
function elsewhere(layers: readonly Layer[], path: string): string | undefined {
  const { file } = locate(layers, ["traffic", "duration"], false);
  return file === path ? undefined : file;
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

/** A name of the command line that another scenario's file gave. */
function missingAlgorithms(loaded: readonly LoadedScenario[], known: readonly string[]): Problem[] {
  return loaded.flatMap(({ scenario, ownAlgorithms }) =>
    scenario.contestants.algorithms.flatMap((name): Problem[] => {
      if (ALGORITHM_NAMES.includes(name) || ownAlgorithms.has(name) || !known.includes(name)) return [];
      const message = `${scenario.name} has no ${name}`;
      return [{ file: "--algorithm", line: null, column: null, path: "", message }];
    }),
  );
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
