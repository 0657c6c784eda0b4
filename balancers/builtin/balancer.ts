import { mkdir, writeFile } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { entry } from "#kernel/entry.ts";
import {
  type AttemptReport,
  type Balancer,
  BalancerError,
  type BalancerSpec,
  type RunningBalancer,
} from "../balancer.ts";
import { readComposedName } from "../composed-name.ts";
import { findAlgorithm } from "../find-algorithm.ts";
import { OVERLAY_NAMES, rulesOf } from "../overlay-rules.ts";
import { NATIVE, PARITY } from "../parity.ts";
import type { Handle, Runtime } from "../runtime.ts";
import { ATTEMPTS_EVERY_MS } from "./attempts.ts";
import type { ChangeMessage } from "./changes.ts";
import type { ProxyMessage } from "./main.ts";
import type { ProxyOptions } from "./options.ts";

const FILE = "builtin.json";
const START_MS = 15_000;

/** Our own proxy: every algorithm of the registry, and a user's own by the absolute path of its file. */
export const builtin: Balancer = {
  name: "builtin",
  summary: "our own proxy in TypeScript on node:http and undici",
  supports(algorithm) {
    const { algorithm: base, overlays } = readComposedName(algorithm);
    const unknown = overlays.find((overlay) => !OVERLAY_NAMES.some((name) => name === overlay));
    if (unknown !== undefined) return { supported: false, reason: `there is no overlay "${unknown}"` };
    const names = overlays.map((overlay) => `"${overlay}"`).join(", ");
    const directive = `"algorithm": "${base}"${overlays.length === 0 ? "" : `, "overlays": ${names}`}`;
    if (findAlgorithm(base) !== undefined) return { supported: true, directive };
    if (isAbsolute(base)) return { supported: true, directive, note: `your own, from ${basename(base)}` };
    return { supported: false, reason: `there is no algorithm "${base}"` };
  },
  render(spec) {
    return [{ path: FILE, text: `${JSON.stringify(optionsFor(spec), null, 2)}\n` }];
  },
  available: async () => ({
    available: true,
    version: `Node ${process.versions.node}`,
    command: process.execPath,
    env: {},
    origin: "part of evenkeel",
  }),
  start,
};

/** The options of `builtin.json` for a spec; `tuning` decides what parity.ts leaves off. */
export function optionsFor(spec: BalancerSpec): ProxyOptions {
  const isNative = spec.tuning === "native";
  const overlays = rulesOf(spec.algorithm, spec.overlays);
  return {
    algorithm: readComposedName(spec.algorithm).algorithm,
    ...(Object.keys(overlays).length === 0 ? {} : { overlays }),
    hashKey: spec.hashKey,
    seed: spec.seed,
    listen: { ...spec.listen, backlog: PARITY.listenBacklog },
    workers: spec.workers,
    attempts: spec.attempts,
    backends: spec.backends.map(({ id, host, port, weight, priority = 0 }) => ({
      id,
      host,
      port,
      weight,
      ...(overlays.priority === undefined ? {} : { priority }),
    })),
    ...(spec.membership === undefined ? {} : { absent: [...spec.membership.absent] }),
    host: "preserve",
    via: false,
    timeouts: {
      ...spec.timeouts,
      clientMs: PARITY.clientMs,
      clientHeaderMs: PARITY.clientHeaderMs,
      clientKeepAliveMs: PARITY.clientKeepAliveMs,
      upstreamIdleMs: PARITY.upstreamIdleMs,
    },
    headBytes: PARITY.headBytes,
    retry: { tries: PARITY.tries, budget: isNative ? NATIVE.retryBudget : null },
    ejection: { maxFails: isNative ? NATIVE.maxFails : PARITY.maxFails, ejectMs: PARITY.failTimeoutMs },
    health: isNative ? { ...NATIVE.health, host: spec.healthHost } : null,
    drainMs: PARITY.drainMs,
  };
}

async function start(spec: BalancerSpec, runtime: Runtime): Promise<RunningBalancer> {
  await mkdir(spec.directory, { recursive: true });
  for (const file of builtin.render(spec)) await writeFile(join(spec.directory, file.path), file.text);
  const handle = await runtime.start({
    name: "builtin",
    command: process.execPath,
    args: [fileURLToPath(entry(import.meta.url, "./main")), join(spec.directory, FILE)],
    cwd: spec.directory,
    ipc: true,
  });
  const listeners: ((report: AttemptReport) => void)[] = [];
  const port = await readyPort(handle, (report) => {
    for (const listener of listeners) listener(report);
  }).catch(async (error: unknown) => {
    await handle.stop({ graceMs: 0 });
    throw error;
  });
  return {
    handle,
    host: spec.listen.host,
    port,
    attemptResolutionMs: spec.attempts ? ATTEMPTS_EVERY_MS : null,
    onAttempts: (listener) => listeners.push(listener),
    change: askForChanges(handle),
    async stop() {
      await handle.stop({ graceMs: PARITY.drainMs + 1_000 });
    },
  };
}

const CHANGE_MS = 5_000;

/** Rejects when the proxy ends, or does not say in time that it has changed. */
function askForChanges(handle: Handle): RunningBalancer["change"] {
  let number = 0;
  return (changes) => {
    number += 1;
    const message: ChangeMessage = { type: "change", number, changes };
    return new Promise((resolve, reject) => {
      const refuse = (why: string): void => {
        clearTimeout(timer);
        reject(new BalancerError(`builtin did not change its backends: ${why}`, handle.logs()));
      };
      const timer = setTimeout(() => refuse(`no answer in ${CHANGE_MS / 1_000} s`), CHANGE_MS);
      handle.onMessage((received) => {
        const said = received as ProxyMessage;
        if (said.type !== "changed" || said.number !== message.number) return;
        clearTimeout(timer);
        resolve();
      });
      void handle.exited.then(() => refuse("it ended"));
      handle.send(message);
    });
  };
}

function readyPort(handle: Handle, report: (report: AttemptReport) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (message: string): void => {
      clearTimeout(timer);
      reject(new BalancerError(`builtin did not start: ${message.split("\n", 1)[0]}`, handle.logs()));
    };
    const timer = setTimeout(() => refuse(`not ready after ${START_MS / 1_000} s`), START_MS);
    handle.onMessage((received) => {
      const message = received as ProxyMessage;
      if (message.type === "attempts") {
        for (const [backend, count, retries] of message.counts)
          report({ backend, atNs: message.atNs, count, retries });
      } else if (message.type === "failed") refuse(message.message);
      else if (message.type === "ready") {
        clearTimeout(timer);
        resolve(message.port);
      }
    });
    void handle.exited.then((exit) => refuse(`it ended (${exit.signal ?? `exit code ${exit.code}`})`));
  });
}
