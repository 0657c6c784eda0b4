/** Files that a scenario names: balancer configurations of the user's own, and a recorded trace. */
import { dirname, resolve } from "node:path";
import { formatDuration } from "#kernel/units.ts";
import { isKeys, merge } from "./merge.ts";
import { formatPath, type Path, type Problem } from "./problem.ts";
import { readText } from "./read-text.ts";
import type { Scenario } from "./scenario.ts";
import { parseTrace } from "./trace-file.ts";

/** A balancer configuration of the user's own. */
export interface OwnConfig {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** The copy of a recorded trace that a run keeps beside its scenario. */
export interface TraceCopy {
  /** File name. */
  readonly name: string;
  readonly text: string;
}

/** Where a path of the scenario is said. */
export type Locate = (path: Path) => Pick<Problem, "file" | "line" | "column">;

/** Configurations by position in `contestants.balancers`, or what is wrong with them. */
export async function readOwnConfigs(
  scenario: Scenario,
  locate: Locate,
): Promise<{ readonly configs: ReadonlyMap<number, OwnConfig>; readonly problems: readonly Problem[] }> {
  const configs = new Map<number, OwnConfig>();
  const problems: Problem[] = [];
  for (const [index, entry] of scenario.contestants.balancers.entries()) {
    if (typeof entry === "string") continue;
    const [kind, name] = Object.entries(entry)[0] as [string, string];
    const keyPath = ["contestants", "balancers", index, kind];
    const place = locate(keyPath);
    const file = resolve(dirname(place.file), name);
    const read = await readText(file);
    if ("text" in read) configs.set(index, { path: file, text: read.text });
    else problems.push({ ...place, path: formatPath(keyPath), message: `${name}: ${read.problem}` });
  }
  return { configs, problems };
}

/** The definition with absolute paths of own configurations. */
export function withOwnConfigs(data: unknown, configs: ReadonlyMap<number, OwnConfig>): unknown {
  if (configs.size === 0 || !isKeys(data) || !isKeys(data.contestants)) return data;
  const balancers = (data.contestants.balancers as readonly unknown[]).map((entry, i) => {
    const own = configs.get(i);
    return own === undefined || !isKeys(entry) ? entry : { [Object.keys(entry)[0]!]: own.path };
  });
  return { ...data, contestants: { ...data.contestants, balancers } };
}

const MAX_TRACE_BYTES = 64 * 1024 * 1024;
/** A trace that ends this much of the window before its end was probably meant for a shorter one. */
const SHORT_OF_WINDOW = 0.1;

export interface WithTrace {
  readonly scenario: Scenario;
  readonly definition: unknown;
  readonly trace: TraceCopy | null;
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

/** The scenario with the instants of its trace, when it names one; its definition then names the copy. */
export async function withTrace(
  scenario: Scenario,
  definition: unknown,
  locate: Locate,
  copyName: string,
): Promise<WithTrace> {
  const { traffic } = scenario;
  const unchanged = { scenario, definition, trace: null, notes: [], problems: [] };
  if (traffic.model === "closed" || traffic.arrivals.type !== "trace") return unchanged;
  const { arrivals } = traffic;
  if (arrivals.file === undefined) return unchanged;
  const path = ["traffic", "arrivals", "file"];
  const place = locate(path);
  const file = resolve(dirname(place.file), arrivals.file);
  const read = await readText(file, MAX_TRACE_BYTES);
  if ("problem" in read) {
    const message = `${arrivals.file}: ${read.problem}`;
    return { ...unchanged, problems: [{ ...place, path: formatPath(path), message }] };
  }
  const parsed = parseTrace(read.text);
  if ("problem" in parsed) {
    const { line, problem } = parsed;
    const found = { file, line, column: line === null ? null : 1, path: "", message: problem };
    return { ...unchanged, problems: [found] };
  }
  const { times } = parsed;
  const lengthMs = ((times.at(-1)! - times[0]!) * 1_000) / arrivals.speed;
  const short = lengthMs < traffic.duration * (1 - SHORT_OF_WINDOW);
  const name = `./${copyName}`;
  return {
    scenario: {
      ...scenario,
      traffic: { ...traffic, arrivals: { ...arrivals, file: name, times: [...times] } },
    },
    definition: merge(definition, { traffic: { arrivals: { file: name } } }),
    trace: { name: copyName, text: read.text },
    notes: short
      ? [
          `the trace of ${scenario.name} ends after ${formatDuration(Math.round(lengthMs))}, before the window does (${formatDuration(traffic.duration)})`,
        ]
      : [],
    problems: [],
  };
}
