import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the scenarios of the library are, in a checkout and in the compiled package. */
export function libraryFolder(): string {
  const up = import.meta.url.endsWith(".ts") ? "./library" : "../../scenarios/library";
  return fileURLToPath(new URL(up, import.meta.url));
}

/** `slow-backend` is the file of that name in the library, unless there is such a file here. */
export function scenarioFile(given: string): string {
  if (!/^[a-z0-9-]+$/.test(given) || existsSync(given)) return given;
  const file = resolve(libraryFolder(), `${given}.yaml`);
  return existsSync(file) ? relative(process.cwd(), file) : given;
}
