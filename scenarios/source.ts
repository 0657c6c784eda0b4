import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from "yaml";
import type { Path, Problem } from "./problem.ts";

const MAX_ALIASES = 100;

/** A parsed YAML file that still knows where everything stands. */
export interface Source {
  readonly file: string;
  readonly data: unknown;
  /** Position of the node at `path`, or of the deepest ancestor that exists; `depth` is how many steps of it exist. */
  locate(
    path: Path,
    atKey?: boolean,
  ): { readonly line: number; readonly column: number; readonly depth: number };
}

export type Parsed = { readonly source: Source } | { readonly problems: readonly Problem[] };

/** YAML text to data; the file's name is for messages. Pure. */
export function parseSource(file: string, text: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2" });
  const problemAt = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, path: "", message };
  };
  const whole = (message: string): Parsed => ({
    problems: [{ file, line: null, column: null, path: "", message }],
  });

  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    // What follows the first syntax error is mostly its echo; duplicate keys stand for themselves.
    const shown = faults.filter((fault, i) => i === 0 || fault.code === "DUPLICATE_KEY");
    return {
      problems: shown.map((fault) =>
        problemAt(fault.pos[0], explainYaml(fault.code, fault.message, text, fault.pos[0])),
      ),
    };
  }
  if (document.contents === null) return whole("the file is empty: a scenario was expected");
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return whole(
      error.message.startsWith("Excessive alias")
        ? `too many YAML aliases: they unfold to more than ${MAX_ALIASES} copies`
        : `a YAML alias without its anchor: ${error.message}`,
    );
  }
  if (!isMap(document.contents))
    return whole("expected keys such as name, backends and traffic at the top of the file");
  const root = document.contents as Node;
  return { source: { file, data, locate: (path, atKey) => locate(root, lines, path, atKey === true) } };
}

function explainYaml(code: string, message: string, text: string, offset: number): string {
  if (code === "DUPLICATE_KEY") return `duplicate key "${/^[^\s:]*/.exec(text.slice(offset))?.[0] ?? ""}"`;
  if (code === "MULTIPLE_DOCS")
    return "more than one YAML document in a file: use one file for each scenario";
  if (code === "RESOURCE_EXHAUSTION") return "nested too deeply";
  return `not valid YAML: ${message.split("\n")[0]}`;
}

function locate(root: Node, lines: LineCounter, path: Path, atKey: boolean): ReturnType<Source["locate"]> {
  let node: unknown = root;
  let key: unknown = null;
  let depth = 0;
  for (const step of path) {
    const next = child(node, step);
    if (next === null) break;
    key = next.key;
    node = next.value;
    depth += 1;
  }
  const useKey = key !== null && (atKey || depth < path.length || !isScalar(node));
  const offset = startOf(useKey ? key : node) ?? startOf(key) ?? 0;
  const { line, col } = lines.linePos(offset);
  return { line, column: col, depth };
}

function child(
  node: unknown,
  step: string | number,
): { readonly key: unknown; readonly value: unknown } | null {
  if (isSeq(node) && typeof step === "number") {
    const item = node.items[step];
    return item === undefined ? null : { key: null, value: item };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(
    (item): item is Pair => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
  );
  return pair === undefined ? null : { key: pair.key, value: pair.value };
}

function startOf(node: unknown): number | null {
  if (!(isScalar(node) || isMap(node) || isSeq(node) || isAlias(node))) return null;
  return node.range?.[0] ?? null;
}
