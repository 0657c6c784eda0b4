import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { AlgorithmDefinition } from "../algorithm.ts";
import { algorithms } from "../algorithms/registry.ts";

/** By its name in the registry, or from a user's own file that exports `algorithm`. Throws with one line about what is wrong. */
export async function loadAlgorithm(nameOrFile: string): Promise<AlgorithmDefinition> {
  if (!isAbsolute(nameOrFile)) {
    const found = algorithms.find((algorithm) => algorithm.name === nameOrFile);
    if (found === undefined) throw new Error(`there is no algorithm "${nameOrFile}"`);
    return found;
  }
  const module: unknown = await import(pathToFileURL(nameOrFile).href).catch((error: unknown) => {
    throw new Error(`cannot load ${nameOrFile}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const own = (module as { readonly algorithm?: Partial<AlgorithmDefinition> }).algorithm;
  if (typeof own?.create !== "function") {
    throw new Error(`${nameOrFile} does not export an \`algorithm\` with a \`create\` function`);
  }
  return own as AlgorithmDefinition;
}
