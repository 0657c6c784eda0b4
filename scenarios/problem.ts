/** Where in a scenario: keys, and positions in lists from 0. */
export type Path = readonly (string | number)[];

/** Something wrong at a path, before it is known in which file and line that is. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** True when the key itself is wrong, not its value. */
  readonly atKey?: boolean;
}

/** One mistake of the user: what, and where. Line and column from 1; null when the file as a whole is meant. */
export interface Problem {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  /** As in `faults[0].backend`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

/** `["faults", 0, "at"]` to `faults[0].at`. */
export function formatPath(path: Path): string {
  return path
    .map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join("");
}

/** `FILE:LINE:COLUMN  PATH: MESSAGE` on one line. */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  const place = line === null ? `${file}:` : `${file}:${line}:${column} `;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a name from a file must not move the cursor of a terminal.
  return `${place} ${path === "" ? "" : `${path}: `}${message}`.replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
}

/** Everything that is wrong with the given scenario files; `message` has one line for each. */
export class ScenarioError extends Error {
  override name = "ScenarioError";
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.problems = problems;
  }
}

/** Each once, by file in the order in which files appear, then by place. */
export function inOrder(problems: readonly Problem[]): Problem[] {
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
