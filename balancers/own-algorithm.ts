import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { createRng } from "#kernel/rng.ts";
import {
  type Algorithm,
  type AlgorithmDefinition,
  type AlgorithmEnvironment,
  AlgorithmError,
} from "./algorithm.ts";
import { findAlgorithm } from "./find-algorithm.ts";

/** An algorithm in a file of the user's own. */
export interface OwnAlgorithm {
  /** Absolute. */
  readonly path: string;
  /** Of the file's content, hexadecimal. */
  readonly sha256: string;
  /** Its methods throw AlgorithmError where the user's code throws. */
  readonly definition: AlgorithmDefinition;
}

const text = z.string("expected a text");
const callable = z.custom<(...given: never[]) => unknown>(
  (value) => typeof value === "function",
  "expected a function",
);

const definitionSchema = z.strictObject({
  name: text
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "expected lower-case words joined by hyphens")
    .refine((name) => findAlgorithm(name) === undefined, {
      error: ({ input }) => `${String(input)} is one of evenkeel's own: choose another`,
    }),
  summary: text.optional(),
  reference: text.optional(),
  family: z.enum(["static", "by-load", "by-key"], 'expected "static", "by-load" or "by-key"'),
  weighted: z.boolean("expected true or false"),
  cookie: text.regex(/^[\w-]+$/, "expected a name of letters, digits, - and _").optional(),
  create: callable,
});

type Definition = Omit<AlgorithmDefinition, "summary" | "reference"> &
  Partial<Pick<AlgorithmDefinition, "summary" | "reference">>;

const HOOKS = ["joined", "left", "started", "finished", "probes", "probed"] as const;

const algorithmSchema = z.object({
  pick: callable,
  ...Object.fromEntries(HOOKS.map((hook) => [hook, callable.optional()])),
});

/** Imports the file and checks what it exports. Throws AlgorithmError with one line that says what is wrong, without the path. */
export async function loadOwnAlgorithm(path: string): Promise<OwnAlgorithm> {
  const sha256 = createHash("sha256")
    .update(await contentOf(path))
    .digest("hex");
  const module = await importFile(path);
  const { algorithm } = module as { readonly algorithm?: unknown };
  if (algorithm === undefined)
    throw new AlgorithmError(
      "exports no `algorithm`: expected `export const algorithm = { name, ..., create }`",
    );
  const parsed = definitionSchema.safeParse(algorithm);
  if (!parsed.success) throw new AlgorithmError(`its \`algorithm\` is not right: ${inWords(parsed.error)}`);
  const definition = guarded(algorithm as Definition);
  // A trial of `create`: what it gives is looked at before anything is started.
  definition.create({ rng: createRng(0).fork("check"), size: 3 });
  return { path, sha256, definition };
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    if (!(await stat(path)).isFile()) throw new AlgorithmError("this is no file");
    return await readFile(path);
  } catch (error) {
    if (error instanceof AlgorithmError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AlgorithmError(code === "ENOENT" ? "there is no such file" : `cannot be read: ${message}`);
  }
}

async function importFile(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_UNKNOWN_FILE_EXTENSION")
      throw new AlgorithmError(
        `TypeScript needs Node 22.18 or newer, and this is ${process.version}: play it with that, or give a .mjs file`,
      );
    throw new AlgorithmError(`cannot be imported${placeOf(error, path)}: ${messageOf(error)}`);
  }
}

/** ` (line N)` of the file, where Node says it; empty elsewhere. */
function placeOf(error: unknown, path: string): string {
  const text =
    error instanceof SyntaxError && !stackOf(error).includes(`${path}:`) ? checked(path) : stackOf(error);
  const at = text.indexOf(`${path}:`);
  const line = at === -1 ? null : /^\d+/.exec(text.slice(at + path.length + 1));
  return line === null ? "" : ` (line ${line[0]})`;
}

/** Node keeps the place of a mistake in JavaScript from whoever imports it, and tells it who asks for a check. */
function checked(path: string): string {
  try {
    execFileSync(process.execPath, ["--check", path], { stdio: "pipe", timeout: 5_000 });
    return "";
  } catch (error) {
    return String((error as { readonly stderr?: unknown }).stderr ?? "");
  }
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? "") : "");

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";

function inWords({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message, ...issue }) => {
      if (issue.code === "unrecognized_keys")
        return `unknown ${(issue as { keys: string[] }).keys.join(", ")}`;
      return path.length === 0 ? "expected an object" : `${path.join(".")}: ${message}`;
    })
    .join("; ");
}

/** The same definition, whose failures say that they are the algorithm's and in which of its methods. */
function guarded(definition: Definition): AlgorithmDefinition {
  return {
    ...definition,
    summary: definition.summary ?? "",
    reference: definition.reference ?? "",
    create(environment: AlgorithmEnvironment): Algorithm {
      const made: unknown = calling("create", () => definition.create(environment));
      const parsed = algorithmSchema.safeParse(made);
      if (!parsed.success)
        throw new AlgorithmError(`what create gives is not right: ${inWords(parsed.error)}`);
      const own = made as Algorithm;
      const hooks = HOOKS.flatMap((hook) => {
        const method = own[hook] as ((...given: unknown[]) => unknown) | undefined;
        if (method === undefined) return [];
        return [[hook, (...given: unknown[]) => calling(hook, () => method.apply(own, given))] as const];
      });
      return {
        pick: (request, pool, now) => calling("pick", () => own.pick(request, pool, now)),
        ...Object.fromEntries(hooks),
      };
    },
  };
}

function calling<Result>(method: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw new AlgorithmError(`${method} failed: ${messageOf(error)}`);
  }
}
