import { isAbsolute } from "node:path";
import { type AlgorithmDefinition, AlgorithmError } from "../algorithm.ts";
import { findAlgorithm } from "../find-algorithm.ts";
import { loadOwnAlgorithm } from "../own-algorithm.ts";

/** By its name in the registry, or from a user's own file that exports `algorithm`. Throws with one line about what is wrong. */
export async function loadAlgorithm(nameOrFile: string): Promise<AlgorithmDefinition> {
  if (isAbsolute(nameOrFile)) return (await loadOwnAlgorithm(nameOrFile)).definition;
  const found = findAlgorithm(nameOrFile);
  if (found === undefined) throw new AlgorithmError(`there is no algorithm "${nameOrFile}"`);
  return found;
}
