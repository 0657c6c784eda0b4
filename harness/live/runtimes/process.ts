import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { execa } from "execa";
import type { Exit, Handle, Runtime, Service } from "../../../balancers/runtime.ts";
import { freePort } from "./port.ts";
import { cpuNs, processTree, rssBytes } from "./proc.ts";
import { createTail } from "./tail.ts";

/** A runtime that starts services as processes of this machine; `stopAll` ends what is still running. */
export interface ProcessRuntime extends Runtime {
  stopAll(): Promise<void>;
}

const GRACE_MS = 2_000;
const LAST_WORDS_MS = 500;

/** Every service gets a process group of its own, so that a kill reaches what it started and Ctrl-C in the terminal reaches only us. */
export function createProcessRuntime(): ProcessRuntime {
  const running = new Set<Handle>();
  const killAll = (): void => {
    for (const handle of running) handle.kill();
  };
  // The last thing a crashing harness does; a killed one is cleaned up by the next start (work-folder.ts).
  process.on("exit", killAll);
  return {
    name: "process",
    async start(service) {
      const handle = await startProcess(service);
      running.add(handle);
      void handle.exited.then(() => running.delete(handle));
      return handle;
    },
    async run(command, args, options) {
      const result = await execa(command, args, {
        cwd: options.cwd,
        env: environment(options.env),
        extendEnv: false,
        timeout: options.timeoutMs,
        all: true,
        reject: false,
        stdin: "ignore",
      });
      if (result.exitCode === undefined && result.cause !== undefined && !result.timedOut) throw result.cause;
      return {
        code: result.exitCode ?? null,
        output: result.timedOut ? `${result.all}\ntimed out` : result.all,
      };
    },
    freePort,
    async stopAll() {
      await Promise.all([...running].map((handle) => handle.stop()));
      process.off("exit", killAll);
    },
  };
}

function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? "/usr/bin:/bin", LANG: "C.UTF-8", ...extra };
}

async function startProcess(service: Service): Promise<Handle> {
  const child = execa(service.command, service.args, {
    cwd: service.cwd,
    env: environment(service.env),
    extendEnv: false,
    stdio: [
      "ignore",
      "pipe",
      "pipe",
      ...(service.ledger ? (["pipe"] as const) : []),
      ...(service.ipc ? (["ipc"] as const) : []),
    ],
    serialization: "advanced",
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
  });
  // execa's own promise reports the same failure; `exited` below is what callers wait for.
  child.catch(() => undefined);
  await spawned(child, service);
  return toHandle(service, child);
}

function spawned(child: ChildProcess, service: Service): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) =>
      reject(new Error(`cannot start ${service.name} (${service.command}): ${error.message}`)),
    );
  });
}

function toHandle(service: Service, child: ChildProcess): Handle {
  const pid = child.pid as number;
  const tail = createTail();
  child.stdout?.on("data", tail.add);
  child.stderr?.on("data", tail.add);
  let isRunning = true;
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => {
      isRunning = false;
      // What it started may outlive it (workers of a killed NGINX master): the group goes with it.
      signalGroup(pid, "SIGKILL");
      // Its last words are still in the pipes.
      void drained(child).then(() => resolve({ code, signal }));
    });
  });
  const signal = (name: NodeJS.Signals): void => {
    if (isRunning) signalGroup(pid, name);
  };
  return {
    name: service.name,
    pid,
    exited,
    get running() {
      return isRunning;
    },
    ledger: service.ledger ? (child.stdio[3] as Readable) : null,
    send(message) {
      // A message to a process that is about to end is lost as it would be a moment later; its exit is what counts.
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => void child.on("message", listener),
    async stop({ signal: name = "SIGTERM", graceMs = GRACE_MS } = {}) {
      if (isRunning) {
        // To the leader alone: it stops its own workers in its own order.
        process.kill(pid, name);
        process.kill(pid, "SIGCONT");
      }
      const patience = new AbortController();
      void setTimeout(graceMs, undefined, { signal: patience.signal }).then(
        () => signal("SIGKILL"),
        () => undefined,
      );
      const exit = await exited;
      patience.abort();
      return exit;
    },
    signal(name) {
      if (isRunning) process.kill(pid, name);
    },
    kill: () => signal("SIGKILL"),
    pause: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
    logs: tail.text,
    cpuNs: () => processTree(pid).reduce((sum, id) => sum + cpuNs(id), 0),
    rssBytes: () => processTree(pid).reduce((sum, id) => sum + rssBytes(id), 0),
  };
}

/** Until standard output and standard error were read to their end; bounded, should something of another group hold them open. */
async function drained(child: ChildProcess): Promise<void> {
  const open = [child.stdout, child.stderr].filter((stream) => stream !== null && !stream.closed);
  const closed = Promise.all(open.map((stream) => new Promise((resolve) => stream?.once("close", resolve))));
  await Promise.race([closed, setTimeout(LAST_WORDS_MS, undefined, { ref: false })]);
}

function signalGroup(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
