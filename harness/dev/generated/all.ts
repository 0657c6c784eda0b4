import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GeneratedFile } from "./file.ts";
import { registries } from "./registries.ts";

/** Those of the files that are missing or differ from what is on the disk. */
export function stale(root: string, files: readonly GeneratedFile[]): GeneratedFile[] {
  return files.filter(({ path, content }) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, "utf8") !== content;
  });
}

/**
 * Every generated file, registries first: `write` is called with them before the schemas are loaded, because those import the registries.
 */
export async function generateAll(
  root: string,
  write: (files: readonly GeneratedFile[]) => void,
): Promise<void> {
  write(registries(root));
  const { jsonSchemas } = await import("./json-schemas.ts");
  const { referencePages } = await import("./reference.ts");
  write([...jsonSchemas(), ...(await referencePages())]);
}
