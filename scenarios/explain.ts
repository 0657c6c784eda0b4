import type { z } from "zod";
import { isKeys } from "./merge.ts";
import { nearest, unknownName } from "./nearest.ts";
import { type Finding, formatPath, type Path } from "./problem.ts";
import { type KnownKeys, keysAt } from "./schema-keys.ts";

type Issue = z.core.$ZodIssue;

/** What zod found, in words for the person who wrote the file: what was expected, and the nearest name. Pure. */
export function explainIssues(schema: z.ZodType, input: unknown, issues: readonly Issue[]): Finding[] {
  const findings = issues.flatMap((issue) => explain(schema, input, issue));
  // A misspelt key is one mistake, although the right one is missing too.
  const misspelt = new Set(
    findings.flatMap(({ path, meant }) =>
      meant === undefined ? [] : [formatPath([...path.slice(0, -1), meant])],
    ),
  );
  return findings.filter(
    ({ path, message }) => !(message.startsWith("missing") && misspelt.has(formatPath(path))),
  );
}

interface Explained extends Finding {
  /** The key that a misspelt one stands for. */
  readonly meant?: string;
}

function explain(schema: z.ZodType, input: unknown, issue: Issue): Explained[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  const value = valueAt(input, path);
  const found = (message: string): Finding[] => [{ path, message }];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...path, key], key, keysAt(schema, input, path)));
    case "invalid_union":
      return explainUnion(schema, input, issue, path);
    case "invalid_value":
      if (value === undefined) return found(`missing; expected ${oneOf(issue.values)}`);
      if (typeof value !== "string") return found(`expected ${oneOf(issue.values)}, got ${show(value)}`);
      return found(unknownName(nounOf(path), value, issue.values.map(String)));
    case "invalid_type":
      if (value === undefined) return found(`missing; expected ${expected(issue)}`);
      return found(
        isDefault(issue.message) ? `expected ${expected(issue)}, got ${show(value)}` : issue.message,
      );
    case "too_small":
    case "too_big":
      return found(isDefault(issue.message) ? bound(issue, value) : `${issue.message}, got ${show(value)}`);
    case "invalid_format":
      return found(`expected ${issue.message}, got ${show(value)}`);
    case "invalid_key":
      return [{ path, atKey: true, message: `expected ${issue.issues[0]?.message ?? issue.message}` }];
    default:
      return found(issue.message);
  }
}

type UnionIssue = Extract<Issue, { code: "invalid_union" }>;

function explainUnion(schema: z.ZodType, input: unknown, issue: UnionIssue, path: Path): Explained[] {
  const value = valueAt(input, path);
  const { options } = issue as { options?: readonly unknown[] };
  if (options !== undefined) {
    const names = options.map(String);
    if (value === undefined) return [{ path, message: `missing; expected one of ${names.join(", ")}` }];
    if (typeof value !== "string")
      return [{ path, message: `expected one of ${names.join(", ")}, got ${show(value)}` }];
    return [{ path, message: unknownName(nounOf(path), value, names) }];
  }
  if (!isDefault(issue.message)) {
    return [{ path, message: value === undefined ? `missing; ${issue.message}` : issue.message }];
  }
  const branches = issue.errors.map((branch) => branch.flatMap((nested) => flatten(nested)));
  const names = branches
    .flat()
    .flatMap((nested) => (nested.code === "invalid_value" ? nested.values.map(String) : []));
  if (typeof value === "string" && names.length > 0)
    return [{ path, message: unknownName(nounOf(path), value, names) }];
  // The branch that got furthest into the value is the one that was meant.
  const best = branches.sort((a, b) => misfit(a) - misfit(b))[0] ?? [];
  const strange = best.filter((nested) => nested.code === "unrecognized_keys");
  return (strange.length > 0 ? strange : best).flatMap((nested) =>
    explain(schema, input, { ...nested, path: [...path, ...nested.path] } as Issue),
  );
}

/** A union within a union is one union. */
function flatten(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union" || "options" in issue || issue.path.length > 0) return [issue];
  return [...issue.errors].sort((a, b) => misfit(a) - misfit(b))[0]?.flatMap(flatten) ?? [issue];
}

function misfit(branch: readonly Issue[]): number {
  const outside = branch.filter(
    (issue) => issue.path.length === 0 && issue.code !== "unrecognized_keys",
  ).length;
  const strange = branch.filter((issue) => issue.code === "unrecognized_keys").length;
  return outside * 100 + strange * 10 + branch.length;
}

function unknownKey(path: Path, key: string, { known, elsewhere }: KnownKeys): Explained {
  const home = elsewhere.get(key);
  if (home !== undefined)
    return { path, atKey: true, message: `"${key}" goes with ${home.join(" or ")} only` };
  const near = nearest(key, known);
  if (near !== null)
    return { path, atKey: true, message: `unknown key "${key}"; did you mean "${near}"?`, meant: near };
  const others = known.length === 0 ? "" : `; known here: ${known.join(", ")}`;
  return { path, atKey: true, message: `unknown key "${key}"${others}` };
}

const NOUNS: Readonly<Record<string, string>> = {
  arrivals: "arrivals",
  faults: "fault",
  service: "distribution",
  low: "distribution",
  high: "distribution",
  balancers: "balancer",
};

/** `faults[0].type` is a fault, `balancers[1]` a balancer, anything else is called by its key. */
function nounOf(path: Path): string {
  const words = path.filter((step) => typeof step === "string");
  const last = words.at(-1) ?? "value";
  return (last === "type" ? NOUNS[words.at(-2) ?? ""] : NOUNS[last]) ?? last;
}

function expected(issue: Extract<Issue, { code: "invalid_type" }>): string {
  if (!isDefault(issue.message)) return issue.message.replace(/^expected /, "");
  const words: Readonly<Record<string, string>> = {
    int: "a whole number",
    number: "a number",
    string: "a text",
    boolean: "true or false",
    array: "a list",
    object: "keys and values",
    record: "keys and values",
    tuple: "a list of two",
  };
  return words[issue.expected] ?? `a value of type ${issue.expected}`;
}

function bound(issue: Extract<Issue, { code: "too_small" | "too_big" }>, value: unknown): string {
  const small = issue.code === "too_small";
  const limit = small ? issue.minimum : issue.maximum;
  if (issue.origin === "array")
    return small ? `needs at least ${limit} in the list` : `needs at most ${limit} in the list`;
  if (issue.origin === "string")
    return small ? "must not be empty" : `must be at most ${limit} characters long`;
  if (small && typeof value === "number" && value < 0) return `cannot be negative, got ${value}`;
  const words = small ? (issue.inclusive ? "at least" : "above") : issue.inclusive ? "at most" : "below";
  return `must be ${words} ${limit}, got ${show(value)}`;
}

const isDefault = (message: string): boolean => /^(Invalid|Too|Unrecognized) /.test(message);

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(", ")}`;

/** The value as it may appear in a one-line message. */
function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isKeys(value)) return "keys and values";
  const text = typeof value === "string" ? JSON.stringify(value) : value === null ? "nothing" : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}
