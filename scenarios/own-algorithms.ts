import { resolve } from "node:path";
import { ALGORITHM_FILE, AlgorithmError } from "../balancers/algorithm.ts";
import { readComposedName } from "../balancers/composed-name.ts";
import { loadOwnAlgorithm, type OwnAlgorithm } from "../balancers/own-algorithm.ts";
import { isKeys } from "./merge.ts";
import type { Problem } from "./problem.ts";

export type { OwnAlgorithm };

/** By the name that the file gives it. */
export type OwnAlgorithms = ReadonlyMap<string, OwnAlgorithm>;

/** Where an entry of a list of algorithms was written, and the folder that its file is relative to. */
export interface Origin extends Omit<Problem, "message"> {
  readonly folder: string;
}

export interface Resolved {
  /** The entries, each file replaced by the name of what it exports. */
  readonly entries: readonly unknown[];
  readonly own: OwnAlgorithms;
  readonly problems: readonly Problem[];
}

/** Loads the algorithms that are files. */
export async function resolveAlgorithms(
  entries: readonly unknown[],
  originOf: (index: number) => Origin,
): Promise<Resolved> {
  const own = new Map<string, OwnAlgorithm>();
  const problems: Problem[] = [];
  const named = entries.map(async (entry, index) => {
    if (typeof entry !== "string") return entry;
    const { algorithm: file, overlays } = readComposedName(entry);
    if (!ALGORITHM_FILE.test(file)) return entry;
    const { folder, ...place } = originOf(index);
    try {
      const loaded = await loadOwnAlgorithm(resolve(folder, file));
      own.set(loaded.definition.name, loaded);
      return [loaded.definition.name, ...overlays].join("+");
    } catch (error) {
      if (!(error instanceof AlgorithmError)) throw error;
      problems.push({ ...place, message: `${entry}: ${error.message}` });
      return entry;
    }
  });
  return { entries: await Promise.all(named), own, problems };
}

/** A name as a balancer of ours takes it: one of the user's own by its file. */
export function withPath(name: string, own: OwnAlgorithms): string {
  const { algorithm, overlays } = readComposedName(name);
  return [own.get(algorithm)?.path ?? algorithm, ...overlays].join("+");
}

/** `contestants.algorithms` of a scenario file's data; empty where it says none. */
export function algorithmsOf(data: unknown): readonly unknown[] {
  const contestants = isKeys(data) ? data.contestants : undefined;
  const list = isKeys(contestants) ? contestants.algorithms : undefined;
  return Array.isArray(list) ? list : [];
}

/** The same data with these algorithms; unchanged where it has none. */
export function withAlgorithms(data: unknown, algorithms: readonly unknown[]): unknown {
  if (algorithmsOf(data).length === 0 || !isKeys(data) || !isKeys(data.contestants)) return data;
  return { ...data, contestants: { ...data.contestants, algorithms } };
}
