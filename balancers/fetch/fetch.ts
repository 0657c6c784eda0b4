import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Availability } from "../balancer.ts";
import { type Apt, createApt } from "./apt.ts";
import {
  balancersFolder,
  fetchedFolder,
  findFetched,
  type Kept,
  keepDaemon,
  sealFetched,
} from "./fetched.ts";
import { findProduct, installAdvice, type Located, onPath, type Product, versionOf } from "./locate.ts";

export interface FetchOptions {
  /** One short line at every step. */
  readonly onProgress?: (message: string) => void;
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  /** Upper bound of the whole fetch; 120,000 unless told otherwise. */
  readonly timeoutMs?: number;
}

/** Something of others that is fetched where it is missing. */
export interface Fetchable {
  readonly name: string;
  find(env: NodeJS.ProcessEnv): Promise<Availability>;
  /** What is downloaded, the main package first. */
  packages(apt: Apt): Promise<readonly string[]>;
  keep(files: readonly string[]): Kept;
  /** Its version, or null with what it said when it does not run. */
  versionOf(located: Located): Promise<{ readonly version: string | null; readonly output: string }>;
  /** The command that installs it on this machine, in words. */
  installAdvice(): Promise<string>;
}

const TEMPORARY = "fetching-";
/** Longer than any fetch may last: what is older belongs to one that was killed. */
const ABANDONED_MS = 600_000;

/** The balancers that are missing; see `fetchAll`. */
export async function fetchBalancers(
  names: readonly Product[],
  options: FetchOptions = {},
): Promise<ReadonlyMap<Product, Availability>> {
  const found = await fetchAll(names.map(daemon), options);
  return found as ReadonlyMap<Product, Availability>;
}

/** NGINX or HAProxy: a program in `sbin` and the libraries of its package. */
export function daemon(name: Product): Fetchable {
  return {
    name,
    find: (env) => findProduct(name, env),
    packages: (apt) => apt.withLibraries(name),
    keep: (files) => keepDaemon(name, files),
    versionOf,
    installAdvice: () => installAdvice(name),
  };
}

/**
 * Gets the products that are missing from the distribution's packages into the cache folder: without root, nothing is
 * installed. What cannot be had is in the result with its reason; throws only when `signal` aborts.
 */
export async function fetchAll(
  products: readonly Fetchable[],
  options: FetchOptions = {},
): Promise<ReadonlyMap<string, Availability>> {
  const env = options.env ?? process.env;
  const result = new Map<string, Availability>();
  for (const product of products) result.set(product.name, await product.find(env));
  const missing = products.filter(({ name }) => result.get(name)?.available === false);
  if (missing.length === 0) return result;
  const failed = await tryFetch(missing, env, options);
  for (const product of missing) {
    const { name } = product;
    const found = await product.find(env);
    if (found.available) {
      result.set(name, found);
      continue;
    }
    const reason = `${name} could not be fetched: ${failed ?? found.reason}`;
    result.set(name, { available: false, reason, advice: await product.installAdvice() });
  }
  return result;
}

/** Null, or why it failed in one line. */
async function tryFetch(
  products: readonly Fetchable[],
  env: NodeJS.ProcessEnv,
  options: FetchOptions,
): Promise<string | null> {
  const timeoutMs = options.timeoutMs ?? 120_000;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  try {
    await fetchMissing(products, env, signal, options.onProgress ?? (() => undefined));
    return null;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (deadline.aborted) return `took longer than ${timeoutMs / 1_000} s`;
    // A tool's message is its whole output: what it says last is why.
    return (error as Error).message.trim().split("\n").at(-1) as string;
  }
}

async function fetchMissing(
  products: readonly Fetchable[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  progress: (message: string) => void,
): Promise<void> {
  for (const tool of ["apt-get", "apt-cache", "dpkg"]) {
    if (!(await onPath(tool, env)))
      throw new Error(`this system has no ${tool}; try: ${await products[0]?.installAdvice()}`);
  }
  const work = await workFolder(balancersFolder(env));
  try {
    const apt = await createApt(work, signal);
    progress("reading the package lists");
    await apt.update();
    for (const product of products) {
      const { name } = product;
      const packages = await product.packages(apt);
      progress(
        `downloading ${name} and ${packages.length - 1} ${packages.length === 2 ? "package" : "packages"} that it needs`,
      );
      const folder = join(work, name);
      await apt.unpack(packages, join(folder, "root"));
      const { version, output } = await product.versionOf(await sealFetched(folder, packages, product.keep));
      if (version === null)
        throw new Error(`the fetched ${name} does not run: ${output.trim().split("\n")[0]}`);
      await publish(name, folder, env);
      progress(`${name} ${version} is ready`);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function workFolder(parent: string): Promise<string> {
  try {
    await mkdir(parent, { recursive: true });
    await removeAbandoned(parent);
    return await mkdtemp(join(parent, TEMPORARY));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new Error(
      `cannot write to the cache folder ${parent} (${code}); set EVENKEEL_CACHE to a folder that can be written`,
    );
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(TEMPORARY)) continue;
    const path = join(parent, entry);
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Moves a whole product to its place in one step; one that another process put there meanwhile stays. */
async function publish(name: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const target = await fetchedFolder(name, env);
  if ((await findFetched(name, env)) !== null) return;
  await rm(target, { recursive: true, force: true });
  try {
    await rename(folder, target);
  } catch (error) {
    if ((await findFetched(name, env)) === null) throw error;
  }
}
