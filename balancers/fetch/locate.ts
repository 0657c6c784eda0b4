import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { execa } from "execa";
import type { Availability } from "../balancer.ts";
import { findFetched } from "./fetched.ts";

/** Programs of others that we put under test. */
export const PRODUCTS = ["nginx", "haproxy"] as const;
export type Product = (typeof PRODUCTS)[number];

/** How to start a product: its program and what its environment needs. */
export interface Located {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  /** PATH, or the folder it was fetched to. */
  readonly origin: string;
}

/** Where daemons are installed although an ordinary user's PATH leaves it out. */
const DAEMON_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

/** The product on the PATH (also in /usr/sbin), else the one fetched to the cache folder, else null. */
export async function locate(name: Product, env: NodeJS.ProcessEnv = process.env): Promise<Located | null> {
  const folders = [...(env.PATH ?? "").split(delimiter).filter(isAbsolute), ...DAEMON_FOLDERS];
  for (const folder of folders) {
    const command = join(folder, name);
    if (await isProgram(command)) return { command, env: {}, origin: "PATH" };
  }
  return findFetched(name, env);
}

/** Whether a product can be started, its version, and otherwise what to do about it. Starts nothing but `-v`. */
export async function findProduct(
  name: Product,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Availability> {
  const located = await locate(name, env);
  if (located === null)
    return { available: false, reason: `${name} is not installed`, advice: await advice(name) };
  const { version, output } = await versionOf(located);
  if (version !== null) return { available: true, version, ...located };
  const reason = `${located.command} does not run: ${output.trim().split("\n")[0] || "no output"}`;
  return { available: false, reason, advice: `repair or remove ${located.command}` };
}

/** `1.22.1` of a program that answers `-v`; null with what it said when it does not run. */
export async function versionOf(
  located: Located,
): Promise<{ readonly version: string | null; readonly output: string }> {
  const result = await execa(located.command, ["-v"], {
    env: located.env,
    all: true,
    reject: false,
    timeout: 10_000,
    stdin: "ignore",
  });
  const output = result.all ?? result.shortMessage ?? "";
  const match = result.exitCode === 0 ? /(?:nginx\/|version )(\d[^\s]*)/.exec(output) : null;
  return { version: match?.[1] ?? null, output: output || (result.shortMessage ?? "") };
}

/** What to do about a missing product: fetching it is easier than installing it, where that can be. */
async function advice(name: Product): Promise<string> {
  const install = await installAdvice(name);
  return (await onPath("apt-get")) ? `npx evenkeel setup fetches it without root; or: ${install}` : install;
}

/** The command that installs a product on this machine, in words. */
export async function installAdvice(name: Product): Promise<string> {
  if (process.platform === "darwin") return `brew install ${name}`;
  const managers = [
    ["apt-get", `apt-get install ${name}`],
    ["dnf", `dnf install ${name}`],
    ["apk", `apk add ${name}`],
    ["pacman", `pacman -S ${name}`],
    ["zypper", `zypper install ${name}`],
  ] as const;
  for (const [manager, advice] of managers) if (await onPath(manager)) return advice;
  return `install ${name} with the package manager of this system, or run in Docker`;
}

/** True when a program of this name is on the PATH or among the system's own. */
export async function onPath(name: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const folders = [...(env.PATH ?? "").split(delimiter).filter(isAbsolute), "/usr/bin", "/bin"];
  for (const folder of folders) if (await isProgram(join(folder, name))) return true;
  return false;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Not there, or not ours to run: the next folder may have it.
    return false;
  }
}
