/** Scenario files from the disk to validated scenarios: the one place in this folder, with `read-text.ts`, that does I/O. */
import { algorithms } from "../balancers/algorithms/registry.ts";
import { canonicalName } from "../balancers/composed-name.ts";
import { balancers } from "../balancers/registry.ts";
import { idleOverlay } from "./composed.ts";
import { expand, type Found, type Layer } from "./expand.ts";
import { valueAt } from "./explain.ts";
import { scenarioFile } from "./library-folder.ts";
import { merge } from "./merge.ts";
import { type OwnConfig, readOwnConfigs, type TraceCopy, withOwnConfigs, withTrace } from "./named-files.ts";
import { checkOverrides, durationLayer, isOwnName, type Overrides, select } from "./overrides.ts";
import { formatPath, type Path, type Problem, ScenarioError } from "./problem.ts";
import type { Scenario } from "./scenario.ts";
import type { SweepPlace } from "./sweep.ts";
import { sweepOne } from "./sweep-scenario.ts";
import { validate } from "./validate.ts";
import type { BalancerName } from "./variants.ts";

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
  /** What a run must keep beside the scenario for it to be played again. */
  readonly trace: TraceCopy | null;
  /** Its place in a series of variants; null when it is none. */
  readonly sweep: SweepPlace | null;
  /** The command line changed `traffic.duration`. */
  readonly durationChanged: boolean;
  /** What the command line made of it that its user should know: claims that lost their contestant. */
  readonly notes: readonly string[];
  /** The same scenario as a file would say it, suites and overrides applied, own configurations as absolute paths, a trace as its copy. */
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
      const result = await loadAll(found, path, overrides);
      problems.push(...result.problems);
      loaded.push(...result.scenarios);
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

interface LoadedAll {
  readonly scenarios: readonly LoadedScenario[];
  readonly problems: readonly Problem[];
}

/** The scenario, or its variants; the first variant that is wrong speaks for all. */
async function loadAll(found: Found, given: string, overrides: Overrides): Promise<LoadedAll> {
  const inFiles = [...found.layers].reverse().reduce<unknown>((base, layer) => merge(base, layer.data), {});
  const data = merge(inFiles, durationLayer(overrides));
  const { sweep } = overrides;
  const { scenario: plain, problems } = await loadOne(found, given, overrides, data);
  if (plain === null || sweep === undefined) return { scenarios: plain === null ? [] : [plain], problems };
  const scenarios: LoadedScenario[] = [];
  for (const point of sweep.points) {
    const variant = sweepOne(data, sweep, point, plain.scenario);
    const said = (path: string, message: string): LoadedAll => {
      const place = { file: `--sweep ${sweep.label}=${point.text}`, line: null, column: null };
      return {
        scenarios: [],
        problems: [{ ...place, path, message: `${message} (${plain.scenario.name})` }],
      };
    };
    if ("problem" in variant) return said("", variant.problem);
    const result = await loadOne(found, given, overrides, variant.data);
    const [first] = result.problems;
    if (result.scenario === null) return said(first?.path ?? "", first?.message ?? "cannot be played");
    if (typeof valueAt(result.scenario.scenario, sweep.path) !== "number")
      return said(formatPath(sweep.path), "is not a number in the scenario");
    scenarios.push({ ...result.scenario, sweep: variant.place });
  }
  return { scenarios, problems: [] };
}

async function loadOne(
  { path, suite, layers }: Found,
  given: string,
  overrides: Overrides,
  data: unknown,
): Promise<LoadedOne> {
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
  const at = (keyPath: Path) => locate(layers, keyPath, false);
  const own = await readOwnConfigs(scenario, at);
  const traced = await withTrace(scenario, definition, at, `${scenario.name.split("@")[0]}.trace.csv`);
  if (own.problems.length + traced.problems.length > 0)
    return { scenario: null, problems: [...own.problems, ...traced.problems] };
  return {
    problems: [],
    scenario: {
      scenario: traced.scenario,
      given,
      path,
      suite,
      ownConfigs: own.configs,
      trace: traced.trace,
      sweep: null,
      durationChanged: overrides.durationMs !== undefined,
      notes: [...notes, ...traced.notes],
      definition: withOwnConfigs(traced.definition, own.configs),
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
