/** Scenario files from the disk to validated scenarios: the one place in this folder, with `read-text.ts`, that does I/O. */
import { dirname } from "node:path";
import { algorithms } from "../balancers/algorithms/registry.ts";
import { readComposedName } from "../balancers/composed-name.ts";
import { balancers } from "../balancers/registry.ts";
import { expand, type Found } from "./expand.ts";
import { valueAt } from "./explain.ts";
import { elsewhere, locate, shortened } from "./layers.ts";
import { scenarioFile } from "./library-folder.ts";
import { merge } from "./merge.ts";
import { type OwnConfig, readOwnConfigs, type TraceCopy, withOwnConfigs, withTrace } from "./named-files.ts";
import { checkOverrides, durationLayer, type Overrides, select } from "./overrides.ts";
import { absentBalancers, idleOverlays } from "./overrides-refused.ts";
import {
  algorithmsOf,
  type OwnAlgorithms,
  resolveAlgorithms,
  withAlgorithms,
  withPath,
} from "./own-algorithms.ts";
import { formatPath, inOrder, type Path, type Problem, ScenarioError } from "./problem.ts";
import { withRealFiles } from "./real-files.ts";
import type { Missing } from "./rules-judged.ts";
import { missingAlgorithms, sharedNames } from "./rules-together.ts";
import type { Scenario } from "./scenario.ts";
import type { SweepPlace } from "./sweep.ts";
import { sweepOne } from "./sweep-scenario.ts";
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
  /** What a run must keep beside the scenario for it to be played again. */
  readonly trace: TraceCopy | null;
  /** Its place in a series of variants; null when it is none. */
  readonly sweep: SweepPlace | null;
  /** The command line changed `traffic.duration`. */
  readonly durationChanged: boolean;
  /** What the command line made of it that its user should know: claims that lost their contestant. */
  readonly notes: readonly string[];
  /** The same scenario as a file would say it, suites and overrides applied, files of the user's own as absolute paths, a trace as its copy. */
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
      const result = await loadAll(found, path, asked, given.own);
      problems.push(...result.problems);
      for (const name of result.own) own.add(name);
      loaded.push(...result.scenarios);
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

/** Why a product has no such algorithm; one of the user's own goes by its file there. */
export const missingAmong =
  (own: OwnAlgorithms): Missing =>
  (balancer, algorithm) => {
    const support = balancers.find(({ name }) => name === balancer)?.supports(withPath(algorithm, own));
    return support === undefined || support.supported ? null : support.reason;
  };

interface LoadedOne {
  readonly scenario: LoadedScenario | null;
  readonly problems: readonly Problem[];
}

interface LoadedAll {
  readonly scenarios: readonly LoadedScenario[];
  /** Names of the algorithms that it has in files of its own. */
  readonly own: Iterable<string>;
  readonly problems: readonly Problem[];
}

/** The scenario, or its variants; the first variant that is wrong speaks for all. */
async function loadAll(
  inFull: Found,
  given: string,
  overrides: Overrides,
  added: OwnAlgorithms,
): Promise<LoadedAll> {
  const found = overrides.quick === true ? { ...inFull, layers: inFull.layers.map(shortened) } : inFull;
  const { layers } = found;
  const inFiles = [...layers].reverse().reduce<unknown>((base, layer) => merge(base, layer.data), {});
  const named = await resolveAlgorithms(algorithmsOf(inFiles), (index) => {
    const keyPath = ["contestants", "algorithms", index];
    const place = locate(layers, keyPath, false);
    return { ...place, path: formatPath(keyPath), folder: dirname(place.file) };
  });
  const algorithmsThere = new Map([...named.own, ...added]);
  const own = [...algorithmsThere.keys()];
  const real = await withRealFiles(inFiles, (keyPath) => locate(layers, keyPath, false));
  const problemsOfFiles = [...named.problems, ...real.problems];
  if (problemsOfFiles.length > 0) return { scenarios: [], own, problems: problemsOfFiles };
  const data = merge(withAlgorithms(real.data, named.entries), durationLayer(overrides));
  const { sweep } = overrides;
  const { scenario: plain, problems } = await loadOne(found, given, overrides, data, algorithmsThere);
  if (plain === null || sweep === undefined)
    return { scenarios: plain === null ? [] : [plain], own, problems };
  const scenarios: LoadedScenario[] = [];
  for (const point of sweep.points) {
    const variant = sweepOne(data, sweep, point, plain.scenario);
    const said = (path: string, message: string): LoadedAll => {
      const place = { file: `--sweep ${sweep.label}=${point.text}`, line: null, column: null };
      return {
        scenarios: [],
        own,
        problems: [{ ...place, path, message: `${message} (${plain.scenario.name})` }],
      };
    };
    if ("problem" in variant) return said("", variant.problem);
    const result = await loadOne(found, given, overrides, variant.data, algorithmsThere);
    const [first] = result.problems;
    if (result.scenario === null) return said(first?.path ?? "", first?.message ?? "cannot be played");
    if (typeof valueAt(result.scenario.scenario, sweep.path) !== "number")
      return said(formatPath(sweep.path), "is not a number in the scenario");
    scenarios.push({ ...result.scenario, sweep: variant.place });
  }
  return { scenarios, own, problems: [] };
}

async function loadOne(
  { path, suite, layers }: Found,
  given: string,
  overrides: Overrides,
  data: unknown,
  ownAlgorithms: OwnAlgorithms,
): Promise<LoadedOne> {
  const missing = missingAmong(ownAlgorithms);
  const durationFrom = overrides.durationMs === undefined ? elsewhere(layers, path) : "--duration";
  const validated = validate(data, {
    algorithms: [...ALGORITHM_NAMES, ...ownAlgorithms.keys()],
    missing,
    durationFrom,
  });
  const problems = validated.findings.map((finding): Problem => {
    const place = locate(layers, finding.path, finding.atKey === true);
    return { ...place, path: formatPath(finding.path), message: finding.message };
  });
  if (validated.scenario === null) return { scenario: null, problems };
  const { scenario, definition, notes } = select(validated.scenario, data, overrides, missing);
  const refused = [...absentBalancers(scenario, overrides), ...idleOverlays(scenario, overrides)];
  if (refused.length > 0 || scenario.contestants.balancers.length === 0)
    return { scenario: null, problems: refused };
  const at = (keyPath: Path) => locate(layers, keyPath, false);
  const own = await readOwnConfigs(scenario, at);
  const traced = await withTrace(scenario, definition, at, `${scenario.name.split("@")[0]}.trace.csv`);
  if (own.problems.length + traced.problems.length > 0)
    return { scenario: null, problems: [...own.problems, ...traced.problems] };
  const played = scenario.contestants.algorithms;
  const isPlayed = (name: string): boolean =>
    played.some((each) => readComposedName(each).algorithm === name);
  return {
    problems: [],
    scenario: {
      scenario: traced.scenario,
      given,
      path,
      suite,
      ownConfigs: own.configs,
      ownAlgorithms: new Map([...ownAlgorithms].filter(([name]) => isPlayed(name))),
      trace: traced.trace,
      sweep: null,
      durationChanged: overrides.durationMs !== undefined,
      notes: [...notes, ...traced.notes],
      definition: withAlgorithms(
        withOwnConfigs(traced.definition, own.configs),
        played.map((name) => withPath(name, ownAlgorithms)),
      ),
    },
  };
}
