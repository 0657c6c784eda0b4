import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { z } from "zod";
import { cacheFolder } from "./cache-folder.ts";
import type { Located } from "./locate.ts";

/** What one fetch left behind: written last, so a folder without it, or with a file missing or cut short, is a broken fetch. */
const manifestSchema = z.strictObject({
  packages: z.array(z.string()),
  command: z.string(),
  libraryFolders: z.array(z.string()),
  pythonFolders: z.array(z.string()).default([]),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.number() })),
});
type Manifest = z.output<typeof manifestSchema>;

const MANIFEST = "fetched.json";

/** What of the unpacked packages is a product. */
export interface Kept {
  /** Its program: below the folder, or of this system. */
  readonly command: string;
  readonly libraryFolders: readonly string[];
  readonly pythonFolders?: readonly string[];
  /** What must be there and whole, relative to the folder. */
  readonly files: readonly string[];
}

/** Folder that holds the fetched products, one folder each. */
export function balancersFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), "balancers");
}

/** Programs depend on the release they were built for: `nginx-debian-12-x64`. */
export async function fetchedFolder(name: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return join(balancersFolder(env), `${name}-${await release()}-${process.arch}`);
}

/** The product in the cache folder, when it is there and whole. */
export async function findFetched(
  name: string,
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

/** Describes the packages unpacked below `folder` as a product. */
export async function sealFetched(
  folder: string,
  packages: readonly string[],
  keep: (files: readonly string[]) => Kept,
): Promise<Located> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const { pythonFolders = [], ...kept } = keep(
    all
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .sort(),
  );
  const manifest: Manifest = {
    packages: [...packages],
    command: kept.command,
    libraryFolders: [...kept.libraryFolders],
    pythonFolders: [...pythonFolders],
    files: await Promise.all(
      kept.files.map(async (path) => ({ path, bytes: (await stat(join(folder, path))).size })),
    ),
  };
  await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return toLocated(folder, manifest);
}

/** A daemon and the shared libraries it was unpacked with; throws when its program is not among them. */
export function keepDaemon(name: string, files: readonly string[]): Kept {
  const kept = files.filter((path) => isLibrary(path) || path.endsWith(`/sbin/${name}`));
  const command = kept.find((path) => path.endsWith(`/sbin/${name}`));
  if (command === undefined) throw new Error(`the package ${name} holds no program sbin/${name}`);
  return { command, libraryFolders: libraryFoldersOf(kept), files: kept };
}

export function isLibrary(path: string): boolean {
  return /\.so(\.\d+)*$/.test(path);
}

/** Where the loader must look; plug-ins of a library lie in folders below and are found by the library itself. */
export function libraryFoldersOf(files: readonly string[]): readonly string[] {
  const folders = files.filter(isLibrary).map((path) => path.slice(0, path.lastIndexOf("/")));
  return [...new Set(folders)]
    .filter((path) => /^root\/(usr\/)?lib(\/[^/]+-linux-[^/]+)?$/.test(path))
    .sort();
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

function toLocated(folder: string, { command, libraryFolders, pythonFolders }: Manifest): Located {
  const list = (paths: readonly string[]): string => paths.map((path) => join(folder, path)).join(":");
  return {
    command: resolve(folder, command),
    env: {
      ...(libraryFolders.length === 0 ? {} : { LD_LIBRARY_PATH: list(libraryFolders) }),
      ...(pythonFolders.length === 0 ? {} : { PYTHONPATH: list(pythonFolders) }),
    },
    origin: folder,
  };
}

async function release(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  const field = (key: string): string =>
    new RegExp(`^${key}="?([\\w.-]+)"?$`, "m").exec(text)?.[1] ?? "unknown";
  return `${field("ID")}-${field("VERSION_ID")}`;
}
