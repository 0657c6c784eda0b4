import { delimiter, isAbsolute, join } from "node:path";
import { execa } from "execa";
import type { Availability } from "../../balancers/balancer.ts";
import type { Apt } from "../../balancers/fetch/apt.ts";
import type { Fetchable } from "../../balancers/fetch/fetch.ts";
import { findFetched, isLibrary, type Kept, libraryFoldersOf } from "../../balancers/fetch/fetched.ts";
import { type Located, onPath } from "../../balancers/fetch/locate.ts";

/** A Python that has Django and gunicorn, as a program and what its environment needs. */
export type Python = Extract<Availability, { readonly available: true }>;

const SYSTEM_PYTHON = "/usr/bin/python3";
const ASK_TIMEOUT_MS = 30_000;
/** Django 3.2 is the first whose middleware order, cookies and pages are those that we know. */
const OLDEST_DJANGO = [3, 2] as const;

const QUESTION = `
import json, platform, sqlite3, sys, django, gunicorn
print(json.dumps({
    "command": sys.executable,
    "versions": {"django": django.__version__, "gunicorn": gunicorn.__version__, "python": platform.python_version()},
}))
`;

/** Debian's Django and gunicorn, where this machine's Python has none: Python's own packages come along where there is no Python. */
export const djangoProduct: Fetchable = {
  name: "django",
  find: findDjango,
  packages: async (apt) =>
    (await hasSystemPython()) ? pythonPackages(apt, WITHOUT_PYTHON) : withPython(apt),
  keep,
  async versionOf(located) {
    const asked = await askPython(located);
    return "reason" in asked
      ? { version: null, output: asked.reason }
      : { version: asked.versions.django, output: "" };
  },
  installAdvice,
};

/** A Python of this machine that has both, else the one that was fetched, else why there is none. */
export async function findDjango(env: NodeJS.ProcessEnv = process.env): Promise<Availability> {
  const installed = await findInstalled(env);
  if (installed !== null) return installed;
  const fetched = await findFetched("django", env);
  if (fetched === null) {
    const reason = "Django and gunicorn are not installed";
    return { available: false, reason, advice: await advice() };
  }
  const asked = await askPython(fetched);
  if (!("reason" in asked)) return toPython(fetched, asked);
  return { available: false, reason: asked.reason, advice: `repair or remove ${fetched.origin}` };
}

/** The Python that the user named: that one or none. `given` is a path or a name on the PATH. */
export async function findOwnPython(given: string): Promise<Availability> {
  const located: Located = { command: given, env: {}, origin: given };
  const asked = await askPython(located);
  if (!("reason" in asked)) return toPython(located, asked);
  return {
    available: false,
    reason: asked.reason,
    advice: `${given} -m pip install django gunicorn, or name a Python that has them`,
  };
}

interface Asked {
  /** The interpreter itself, where a launcher (pyenv's, for one) was asked. */
  readonly command: string;
  readonly versions: { readonly django: string; readonly gunicorn: string; readonly python: string };
}

function toPython(located: Located, { command, versions }: Asked): Python {
  return { available: true, version: versions.django, versions, ...located, command };
}

/** What a Python has, or why it cannot be used in one line. */
async function askPython({ command, env }: Located): Promise<Asked | { readonly reason: string }> {
  const result = await execa(command, ["-c", QUESTION], {
    env: { ...env, PYTHONDONTWRITEBYTECODE: "1" },
    reject: false,
    timeout: ASK_TIMEOUT_MS,
    stdin: "ignore",
  });
  if (result.exitCode === undefined) {
    const missing = (result.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
    return { reason: missing ? `there is no ${command}` : `${command} does not run: ${result.shortMessage}` };
  }
  if (result.exitCode !== 0) {
    const last = result.stderr.trim().split("\n").at(-1) ?? "";
    const absent = /No module named '(\w+)/.exec(last)?.[1];
    return {
      reason:
        absent === undefined
          ? `${command} cannot load Django and gunicorn: ${last}`
          : `${command} has no ${absent}`,
    };
  }
  const asked = JSON.parse(result.stdout) as Asked;
  const { django } = asked.versions;
  const [major = 0, minor = 0] = django.split(".").map(Number);
  const old = major < OLDEST_DJANGO[0] || (major === OLDEST_DJANGO[0] && minor < OLDEST_DJANGO[1]);
  return old
    ? { reason: `${command} has Django ${django}, expected ${OLDEST_DJANGO.join(".")} or newer` }
    : asked;
}

/** A Python that its user installed Django for goes before what we would fetch, as with the balancers. */
async function findInstalled(env: NodeJS.ProcessEnv): Promise<Python | null> {
  const folders = (env.PATH ?? "").split(delimiter).filter(isAbsolute);
  const candidates = [...new Set([...folders.map((folder) => join(folder, "python3")), SYSTEM_PYTHON])];
  for (const command of candidates) {
    const asked = await askPython({ command, env: {}, origin: "PATH" });
    if (!("reason" in asked)) return toPython({ command, env: {}, origin: "PATH" }, asked);
  }
  return null;
}

async function hasSystemPython(): Promise<boolean> {
  const result = await execa(SYSTEM_PYTHON, ["-c", "import sqlite3, ssl"], {
    reject: false,
    timeout: ASK_TIMEOUT_MS,
  });
  return result.exitCode === 0;
}

/** Of Debian's packages: those of Python modules, and not of Python itself. */
const WITHOUT_PYTHON = /^python3-(?!minimal$|dev$|venv$)/;
/** Python and the libraries that it is linked with, too. */
const WITH_PYTHON = /^(python3|lib(?!c6$)|zlib1g|media-types$)/;

async function pythonPackages(apt: Apt, belong: RegExp): Promise<readonly string[]> {
  const parts = [
    await apt.withLibraries("python3-django", belong),
    await apt.withLibraries("gunicorn", belong),
  ];
  return [...new Set(parts.flat())];
}

async function withPython(apt: Apt): Promise<readonly string[]> {
  return [
    ...new Set([
      ...(await pythonPackages(apt, WITH_PYTHON)),
      ...(await apt.withLibraries("python3", WITH_PYTHON)),
    ]),
  ];
}

const MODULES = "root/usr/lib/python3/dist-packages";

function keep(files: readonly string[]): Kept {
  // `python3` itself is a link of a package that cannot be unpacked without being installed.
  const python = files.find((path) => /^root\/usr\/bin\/python3\.\d+$/.test(path));
  const kept = files.filter(
    (path) =>
      (path.startsWith(`${MODULES}/`) && path.endsWith(".py")) || (python !== undefined && isLibrary(path)),
  );
  if (!kept.includes(`${MODULES}/django/__init__.py`))
    throw new Error("the package python3-django holds no Django");
  return {
    command: python ?? SYSTEM_PYTHON,
    libraryFolders: libraryFoldersOf(kept),
    pythonFolders: [MODULES],
    files: kept,
  };
}

async function advice(): Promise<string> {
  const own = "name a Python that has them with --python or EVENKEEL_PYTHON";
  return (await onPath("apt-get")) ? `npx evenkeel setup fetches them without root; or ${own}` : own;
}

async function installAdvice(): Promise<string> {
  const own = "python3 -m pip install django gunicorn";
  return (await onPath("apt-get")) ? `apt-get install python3-django gunicorn, or ${own}` : own;
}
