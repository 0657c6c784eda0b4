import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../balancers/fetch/cache-folder.ts";
import type { Runtime } from "../../balancers/runtime.ts";
import { EnvironmentError } from "../trial.ts";
import type { Python } from "./product.ts";

/** The real project: two folders up in a checkout, three in the compiled package. */
export const PROJECT = fileURLToPath(
  new URL(
    import.meta.url.endsWith(".ts") ? "../../backends/real-django/" : "../../../backends/real-django/",
    import.meta.url,
  ),
);

const PREPARE_TIMEOUT_MS = 60_000;

/** What the project needs to be found and to find its database; one secret for all servers, as one deployment has. */
export function projectEnvironment(
  python: Python,
  database: string,
  allowedHosts: readonly string[],
): Readonly<Record<string, string>> {
  const own = process.env.PYTHONPATH;
  const path = [PROJECT, python.env.PYTHONPATH ?? own ?? ""].filter((folder) => folder !== "");
  return {
    ...python.env,
    PYTHONPATH: path.join(delimiter),
    // Compiled once for all runs, and never beside the sources: they may lie where nobody may write.
    PYTHONPYCACHEPREFIX: join(cacheFolder(), "pycache"),
    DJANGO_SETTINGS_MODULE: "evenkeel_shop.settings",
    EVENKEEL_DATABASE: database,
    EVENKEEL_ALLOWED_HOSTS: JSON.stringify(allowedHosts),
  };
}

/** Makes the shop's database in `folder`, which all servers of a fleet share. Gives its path; throws EnvironmentError with Django's last words. */
export async function prepareDatabase(runtime: Runtime, python: Python, folder: string): Promise<string> {
  const database = join(folder, "shop.sqlite3");
  const { code, output } = await runtime.run(python.command, ["-m", "evenkeel_shop.prepare"], {
    cwd: folder,
    env: projectEnvironment(python, database, ["*"]),
    timeoutMs: PREPARE_TIMEOUT_MS,
  });
  if (code !== 0)
    throw new EnvironmentError(
      `Django ${python.version} of ${python.command} could not make the shop's database: ${output.trim().split("\n").at(-1)}`,
    );
  return database;
}
