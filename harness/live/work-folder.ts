import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { EnvironmentError } from "../trial.ts";
import { processIds, processStat } from "./runtimes/proc.ts";

/**
 * One folder per run under the system's temporary folder for sockets, rendered configurations and logs. Every process of the run has
 * its working folder inside, so what a killed harness left behind is found by the run's id and by nothing else.
 */
const OWNER = "owner.json";

interface Owner {
  readonly pid: number;
  readonly startTime: string;
}

function home(): string {
  const uid = process.getuid?.() ?? 0;
  const path = join(process.env.EVENKEEL_TMP ?? tmpdir(), `evenkeel-${uid}`);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new EnvironmentError(
      `cannot make ${path} for what runs: ${(error as Error).message}. Set EVENKEEL_TMP to a folder that can be written.`,
    );
  }
  const stat = lstatSync(path);
  // A folder that someone else made under our name could hold links to anywhere.
  if (!stat.isDirectory() || (process.getuid !== undefined && stat.uid !== uid)) {
    throw new EnvironmentError(
      `${path} is not a folder of user ${uid}: remove it, or set EVENKEEL_TMP to a folder of your own`,
    );
  }
  return path;
}

export function createWorkFolder(runId: string): { readonly path: string; remove(): void } {
  const path = join(home(), runId);
  mkdirSync(path, { mode: 0o700 });
  const owner: Owner = { pid: process.pid, startTime: processStat(process.pid)?.startTime ?? "" };
  writeFileSync(join(path, OWNER), JSON.stringify(owner));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  // Also when the harness crashes or is told twice to stop; only a killed one leaves it to the next start.
  process.once("exit", remove);
  return { path, remove };
}

const UNSIGNED_GRACE_MS = 60_000;

function isOwned(path: string): boolean {
  let owner: Owner;
  try {
    owner = JSON.parse(readFileSync(join(path, OWNER), "utf8")) as Owner;
  } catch {
    // Another run may be between making its folder and signing it.
    return Date.now() - statSync(path).mtimeMs < UNSIGNED_GRACE_MS;
  }
  const stat = processStat(owner.pid);
  if (stat !== null) return stat.startTime === owner.startTime;
  return process.platform !== "linux" && exists(owner.pid);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function processesIn(folder: string): readonly number[] {
  return processIds().filter((pid) => {
    try {
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      return cwd === folder || cwd.startsWith(folder + sep);
    } catch {
      return false;
    }
  });
}

/** Ends processes and removes folders of runs whose harness is gone. Returns the ids of those runs. */
export function removeLeftovers(): readonly string[] {
  const base = home();
  const dead = readdirSync(base).filter((runId) => !isOwned(join(base, runId)));
  for (const runId of dead) {
    const folder = join(base, runId);
    for (const pid of processesIn(folder)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    rmSync(folder, { recursive: true, force: true });
  }
  return dead;
}
