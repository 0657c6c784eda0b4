import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import { cacheFolder } from "./cache-folder.ts";
import type { Located, Product } from "./locate.ts";

/** What one fetch left behind: written last, so a folder without it, or with a file missing or cut short, is a broken fetch. */
const manifestSchema = z.strictObject({
  packages: z.array(z.string()),
  command: z.string(),
  libraryFolders: z.array(z.string()),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.number() })),
});
type Manifest = z.output<typeof manifestSchema>;

const MANIFEST = "fetched.json";

/** Folder that holds the fetched products, one folder each. */
export function balancersFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), "balancers");
}

/** Programs depend on the release they were built for: `nginx-debian-12-x64`. */
export async function fetchedFolder(name: Product, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return join(balancersFolder(env), `${name}-${await release()}-${process.arch}`);
}

/** The product in the cache folder, when it is there and whole. */
export async function findFetched(
  name: Product,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Located | null> {
  const folder = await fetchedFolder(name, env);
  const manifest = await readManifest(folder);
  if (manifest === null) return null;
  for (const file of manifest.files) {
    const found = await stat(join(folder, file.path)).catch(() => null);
    if (found?.size !== file.bytes) return null;
  }
  return toLocated(folder, manifest);
}

/** Describes the packages unpacked below `folder` as a product; throws when its program is not among them. */
export async function sealFetched(
  name: Product,
  folder: string,
  packages: readonly string[],
): Promise<Located> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const kept = all
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => /\.so(\.\d+)*$/.test(path) || path.endsWith(`/sbin/${name}`));
  const command = kept.find((path) => path.endsWith(`/sbin/${name}`));
  if (command === undefined) throw new Error(`the package ${name} holds no program sbin/${name}`);
  const libraries = kept
    .filter((path) => path !== command)
    .map((path) => path.slice(0, path.lastIndexOf("/")));
  const manifest: Manifest = {
    packages: [...packages],
    command,
    // Plug-ins of a library lie in folders below and are found by the library itself.
    libraryFolders: [...new Set(libraries)]
      .filter((path) => /^root\/(usr\/)?lib(\/[^/]+-linux-[^/]+)?$/.test(path))
      .sort(),
    files: await Promise.all(
      kept.sort().map(async (path) => ({ path, bytes: (await stat(join(folder, path))).size })),
    ),
  };
  await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return toLocated(folder, manifest);
}

async function readManifest(folder: string): Promise<Manifest | null> {
  const text = await readFile(join(folder, MANIFEST), "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    // Cut short or of another version: fetched again, as if it were not there.
    return null;
  }
}

function toLocated(folder: string, manifest: Manifest): Located {
  const libraries = manifest.libraryFolders.map((path) => join(folder, path)).join(":");
  return { command: join(folder, manifest.command), env: { LD_LIBRARY_PATH: libraries }, origin: folder };
}

async function release(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  const field = (key: string): string =>
    new RegExp(`^${key}="?([\\w.-]+)"?$`, "m").exec(text)?.[1] ?? "unknown";
  return `${field("ID")}-${field("VERSION_ID")}`;
}
