import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

/** apt with a state and a cache of its own below `folder`; it neither reads nor writes the system's. */
export interface Apt {
  update(): Promise<void>;
  /** `name` and those packages it needs, at any depth, whose names `belong`: by default libraries, without the C library of this system. */
  withLibraries(name: string, belong?: RegExp): Promise<readonly string[]>;
  /** Downloads packages and unpacks them below `target`. */
  unpack(packages: readonly string[], target: string): Promise<void>;
}

/** Hooks of the system's apt (a container's clean-up of /var/cache, for one) are not for us. */
const CONFIGURATION = `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Dpkg::Post-Invoke;
Dir::State::status "/var/lib/dpkg/status";
Debug::NoLocking "1";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
`;

export async function createApt(folder: string, signal: AbortSignal): Promise<Apt> {
  const state = join(folder, "state");
  const cache = join(folder, "cache");
  await mkdir(join(state, "lists", "partial"), { recursive: true });
  await mkdir(join(cache, "archives", "partial"), { recursive: true });
  const configuration = join(folder, "apt.conf");
  await writeFile(configuration, CONFIGURATION);
  const options = ["-c", configuration, "-o", `Dir::State=${state}`, "-o", `Dir::Cache=${cache}`];
  const run = (command: string, args: readonly string[], cwd = folder): Promise<string> =>
    runTool(command, args, cwd, signal);
  return {
    update: async () => void (await run("apt-get", [...options, "-q", "update"])),
    async withLibraries(name, belong) {
      const kinds = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances", "pre-depends"];
      const text = await run("apt-cache", [
        ...options,
        "depends",
        "--recurse",
        ...kinds.map((kind) => `--no-${kind}`),
        name,
      ]);
      return librariesOf(name, text, belong);
    },
    async unpack(packages, target) {
      const downloads = join(folder, "downloads");
      await mkdir(downloads, { recursive: true });
      await mkdir(target, { recursive: true });
      await run("apt-get", [...options, "-q", "download", ...packages], downloads);
      const files = await readdir(downloads);
      for (const name of packages) {
        const file = files.find((entry) => entry.startsWith(`${name}_`) && entry.endsWith(".deb"));
        if (file === undefined) throw new Error(`apt-get download left no file of ${name}`);
        await run("dpkg", ["-x", join(downloads, file), target]);
      }
    },
  };
}

/** A second C library beside the system's loader would not start. */
export const LIBRARIES = /^(lib(?!c6$)|zlib1g)/;

/** Walks the output of `apt-cache depends --recurse` from `name` through packages that are libraries, or whose names `belong`. */
export function librariesOf(name: string, text: string, belong = LIBRARIES): readonly string[] {
  const depends = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split("\n")) {
    const dependency = /^ [ |]Depends: ([^<\s]+)$/.exec(line);
    if (dependency) current.push(dependency[1] as string);
    else if (/^[a-z0-9]/.test(line)) {
      current = [];
      depends.set(line.trim(), current);
    }
  }
  const found = [name];
  for (const next of found) {
    for (const dependency of depends.get(next) ?? []) {
      if (belong.test(dependency) && depends.has(dependency) && !found.includes(dependency))
        found.push(dependency);
    }
  }
  return found;
}

async function runTool(
  command: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<string> {
  const result = await execa(command, args, {
    cwd,
    env: { LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" },
    all: true,
    reject: false,
    stdin: "ignore",
    cancelSignal: signal,
    forceKillAfterDelay: 2_000,
  });
  if (result.isCanceled) throw signal.reason;
  if (result.exitCode === 0) return result.stdout;
  const words = result.all?.split("\n").filter((line) => /^(E:|dpkg)/.test(line)) ?? [];
  throw new Error(`${command} failed: ${words[0]?.replace(/^E: /, "") ?? result.shortMessage}`);
}
