/** For tests: the command line as a user runs it, in a folder of its own, with a place of its own for what a run may leave behind. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunRecord, runSchema } from "../reports/record.ts";

const CLI = fileURLToPath(new URL("./evenkeel.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Text of standard error so far. */
  stderr(): string;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  /** Descriptor to write to instead of what is given back. */
  readonly stdout?: number;
}

export interface Sandbox {
  readonly cwd: string;
  write(name: string, text: string): string;
  start(args: readonly string[], options?: StartOptions): Started;
  run(args: readonly string[], options?: StartOptions): Promise<Finished>;
  /** Ids of processes that work inside the sandbox's run folders. */
  processes(): readonly number[];
  /** Ids of runs whose work folder is still there. */
  workFolders(): readonly string[];
  record(path?: string): RunRecord;
  remove(): void;
}

export function createSandbox(): Sandbox {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "evenkeel-test-")));
  const cwd = join(root, "project");
  const runs = join(root, "tmp");
  mkdirSync(cwd);
  mkdirSync(runs);
  const start: Sandbox["start"] = (args, { env = {}, uid, stdout: target } = {}) => {
    const child: ChildProcess = spawn(process.execPath, [CLI, ...args], {
      cwd,
      env: { ...process.env, EVENKEEL_TMP: runs, NO_COLOR: "1", ...env },
      stdio: ["ignore", target ?? "pipe", "pipe"],
      ...(uid === undefined ? {} : { uid }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk) => (stdout += chunk));
    child.stderr?.on("data", (chunk) => (stderr += chunk));
    const finished = new Promise<Finished>((resolve) =>
      child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr })),
    );
    return { child, finished, stderr: () => stderr };
  };
  return {
    cwd,
    write(name, text) {
      writeFileSync(join(cwd, name), text);
      return name;
    },
    start,
    run: (args, options) => start(args, options).finished,
    processes: () =>
      readdirSync("/proc")
        .filter((id) => /^\d+$/.test(id) && workingFolder(id).startsWith(runs))
        .map(Number),
    workFolders: () => readdirSync(runs).flatMap((name) => readdirSync(join(runs, name))),
    record: (path = "results/latest") =>
      runSchema.parse(JSON.parse(readFileSync(join(cwd, path, "result.json"), "utf8"))),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function workingFolder(id: string): string {
  try {
    return readlinkSync(`/proc/${id}/cwd`);
  } catch {
    return "";
  }
}

/** Waits for a condition, not for a time; fails after 30 s. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited 30 s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A short scenario: 2 backends, 200 requests per second for a second. */
export function shortScenario(
  changes: {
    readonly name?: string;
    readonly traffic?: string;
    readonly contestants?: string;
    readonly rest?: string;
  } = {},
): string {
  return `name: ${changes.name ?? "short"}
title: A short one
backends: { count: 2, service: { type: constant, value: 1ms } }
traffic: ${changes.traffic ?? "{ model: open, arrivals: { type: constant, rate: 200 }, warmup: 100ms, duration: 1s }"}
contestants: ${changes.contestants ?? "{ balancers: [nginx, builtin] }"}
${changes.rest ?? ""}
`;
}
