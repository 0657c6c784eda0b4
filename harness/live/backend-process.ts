import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { entry } from "#kernel/entry.ts";
import {
  type BackendReady,
  type BackendSpec,
  type BackendStats,
  HEADER_TOKEN,
  type ListenOrder,
  type ResetOrder,
} from "../../backends/protocol.ts";
import type { Handle, Runtime } from "../../balancers/runtime.ts";
import { ProcessDiedError } from "../trial.ts";

const READY_TIMEOUT_MS = 30_000;
const CONTROL_TIMEOUT_MS = 5_000;
/** A process that was killed closes its sockets before its end is heard of. */
const EXIT_NOTICE_MS = 500;

/** One backend process and its control port. */
export interface BackendProcess {
  readonly handle: Handle;
  readonly port: number;
  /** False when it cannot forget what it works on: it has to be replaced. */
  reset(order: ResetOrder): Promise<boolean>;
  /** Resolves when it listens, at the instant of the order or later. */
  listen(order: ListenOrder): Promise<void>;
  stats(): Promise<BackendStats>;
}

export async function startBackend(
  runtime: Runtime,
  spec: BackendSpec,
  cwd: string,
): Promise<BackendProcess> {
  const { token, ...visible } = spec;
  const handle = await runtime.start({
    name: `backend-${spec.id}`,
    command: process.execPath,
    // The token stays out of argv, which every user of the machine can read.
    args: [fileURLToPath(entry(import.meta.url, "../../backends/main")), JSON.stringify(visible)],
    env: { EVENKEEL_TOKEN: token },
    cwd,
    ipc: true,
    ledger: true,
  });
  const ready = await waitReady(handle);
  const call = async (method: string, path: string, body?: unknown, waitMs = 0): Promise<Response> => {
    const response = await fetch(`http://127.0.0.1:${ready.controlPort}${path}`, {
      method,
      headers: {
        [HEADER_TOKEN]: token,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS + waitMs),
    }).catch(async (error: unknown) => {
      const exit = await Promise.race([handle.exited, delay(EXIT_NOTICE_MS, null)]);
      if (exit === null) throw error;
      throw new ProcessDiedError(`${handle.name} ended unasked with ${exit.signal ?? `code ${exit.code}`}`);
    });
    if (!response.ok)
      throw new Error(
        `backend ${spec.id} refused ${method} ${path}: ${response.status} ${await response.text()}`,
      );
    return response;
  };
  return {
    handle,
    port: ready.port,
    async reset(order) {
      await call("POST", "/reset", order);
      return true;
    },
    listen: async (order) => {
      const waitMs = Math.max(0, Math.ceil((Number(order.atNs) - Number(process.hrtime.bigint())) / 1e6));
      await call("POST", "/listen", order, waitMs);
    },
    stats: async () => (await (await call("GET", "/stats")).json()) as BackendStats,
  };
}

async function waitReady(handle: Handle): Promise<BackendReady> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      new Promise<BackendReady>((resolve) =>
        handle.onMessage((message) => isReady(message) && resolve(message)),
      ),
      handle.exited.then((exit) => {
        throw new Error(
          `${handle.name} ended with ${exit.signal ?? `code ${exit.code}`} before it was ready: ${handle.logs().trim()}`,
        );
      }),
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () =>
            reject(
              new Error(
                `${handle.name} was not ready after ${READY_TIMEOUT_MS / 1_000} s: ${handle.logs().trim()}`,
              ),
            ),
          READY_TIMEOUT_MS,
        );
      }),
    ]);
  } catch (error) {
    handle.kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function isReady(message: unknown): message is BackendReady {
  return typeof message === "object" && message !== null && (message as BackendReady).type === "ready";
}
