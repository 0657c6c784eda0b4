import { dirname, isAbsolute, join, resolve } from "node:path";
import { explainIssues } from "./explain.ts";
import { type Layer, layerOf } from "./layers.ts";
import { isKeys } from "./merge.ts";
import { formatPath, type Path, type Problem } from "./problem.ts";
import { readText } from "./read-text.ts";
import { suiteSchema } from "./scenario.ts";
import { parseSource, type Source } from "./source.ts";

export interface Found {
  readonly path: string;
  readonly suite: string | null;
  /** What comes first wins; the scenario's own file is last. */
  readonly layers: readonly Layer[];
}

export interface Expanded {
  readonly found: readonly Found[];
  readonly problems: readonly Problem[];
}

const MAX_DEPTH = 16;

/** The scenarios that a file stands for: itself, or those of a suite and of the suites in it. */
export function expand(path: string): Promise<Expanded> {
  return expandFile(path, [], null, [], null);
}

async function expandFile(
  path: string,
  layers: readonly Layer[],
  suite: string | null,
  ancestors: readonly string[],
  namedAt: Problem | null,
): Promise<Expanded> {
  const read = await readText(path);
  if ("problem" in read) {
    const message = namedAt === null ? read.problem : `${path}: ${read.problem}`;
    return failed(
      namedAt === null
        ? { file: path, line: null, column: null, path: "", message }
        : { ...namedAt, message },
    );
  }
  const parsed = parseSource(path, read.text);
  if ("problems" in parsed) return { found: [], problems: parsed.problems };
  const { source } = parsed;
  if (isKeys(source.data) && "suite" in source.data)
    return expandSuite(source, layers, suite, [...ancestors, resolve(path)]);
  return { found: [{ path, suite, layers: [...layers, layerOf(source, [])] }], problems: [] };
}

async function expandSuite(
  source: Source,
  outer: readonly Layer[],
  outerSuite: string | null,
  ancestors: readonly string[],
): Promise<Expanded> {
  const at = (path: Path, message: string, atKey?: boolean): Problem => {
    const { line, column } = source.locate(path, atKey);
    return { file: source.file, line, column, path: formatPath(path), message };
  };
  const suite = suiteSchema.safeParse(source.data);
  if (!suite.success) {
    const findings = explainIssues(suiteSchema, source.data, suite.error.issues);
    return { found: [], problems: findings.map(({ path, message, atKey }) => at(path, message, atKey)) };
  }
  const parts: Expanded[] = [];
  for (const [i, entry] of suite.data.suite.entries()) {
    const name = typeof entry === "string" ? entry : entry.file;
    const here: Path = typeof entry === "string" ? ["suite", i] : ["suite", i, "file"];
    const path = isAbsolute(name) ? name : join(dirname(source.file), name);
    if (ancestors.includes(resolve(path)) || ancestors.length >= MAX_DEPTH) {
      parts.push(failed(at(here, `${name} is this suite itself or a suite that contains it`)));
      continue;
    }
    const layers = [...outer, layerOf(source, ["suite", i, "overrides"]), layerOf(source, ["overrides"])];
    parts.push(await expandFile(path, layers, outerSuite ?? suite.data.name, ancestors, at(here, "")));
  }
  return { found: parts.flatMap((part) => part.found), problems: parts.flatMap((part) => part.problems) };
}

const failed = (problem: Problem): Expanded => ({ found: [], problems: [problem] });
