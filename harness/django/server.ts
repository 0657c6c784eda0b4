import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { access } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BackendSpec } from "../../backends/protocol.ts";
import type { Handle, Runtime } from "../../balancers/runtime.ts";
import type { BackendProcess } from "../live/backend-process.ts";
import { createLedger } from "../measure/ledger.ts";
import { EnvironmentError, ProcessDiedError } from "../trial.ts";
import { projectEnvironment } from "./environment.ts";
import type { Python } from "./product.ts";

export interface DjangoOptions {
  readonly python: Python;
  readonly database: string;
  /** Below the run's work folder: each server gets a folder of its own in it. */
  readonly cwd: string;
  /** Each answer says what its request had of the processor: while a profile is measured. */
  readonly effort?: boolean;
}

/** Dozens of servers that start together share two cores. */
const READY_TIMEOUT_MS = 120_000;
const POLL_MS = 5;
const ANSWER_TIMEOUT_MS = 5_000;
/** What is still at work after so long is ended with its server. */
const QUIET_MS = 1_000;

let servers = 0;

/** One gunicorn with Django, as a process group of its own: ready when it answers, a standby when it has loaded all. */
export async function startDjango(
  runtime: Runtime,
  spec: Omit<BackendSpec, "token">,
  options: DjangoOptions,
): Promise<BackendProcess> {
  servers += 1;
  const orders = join(options.cwd, `django-${spec.id}-${servers}`);
  mkdirSync(orders);
  const handle = await runtime.start({
    name: `backend-${spec.id}`,
    command: options.python.command,
    args: ["-m", "gunicorn", "-c", "python:evenkeel_shop.gunicorn_conf"],
    env: {
      ...projectEnvironment(options.python, options.database, spec.allowedHosts),
      EVENKEEL_BACKEND: String(spec.id),
      EVENKEEL_ORDERS: orders,
      EVENKEEL_STANDBY: spec.listen ? "0" : "1",
      EVENKEEL_EFFORT: options.effort === true ? "1" : "0",
      EVENKEEL_GUNICORN: JSON.stringify(gunicornSettings(spec)),
    },
    cwd: orders,
    ledger: true,
  });
  const ledger = createLedger();
  handle.ledger?.on("data", ledger.add);
  const inFlight = (): number => ledger.all.attempts - ledger.all.completed;
  try {
    if (spec.listen) await until(handle, () => answers(spec));
    else await until(handle, () => exists(join(orders, "waiting")));
  } catch (error) {
    handle.kill();
    throw error;
  }
  return {
    handle,
    port: spec.port,
    // Its queue is the kernel's, and a view that has begun ends: neither can be told to forget.
    reset: () => isQuiet(spec.port, inFlight),
    async listen({ atNs }) {
      writeFileSync(join(orders, "order"), atNs);
      // Read as soon as it is there, so it must be there whole.
      renameSync(join(orders, "order"), join(orders, "listen"));
      const waitMs = Math.max(0, Number(BigInt(atNs) - process.hrtime.bigint()) / 1e6);
      await until(handle, () => exists(join(orders, "listening")), waitMs + READY_TIMEOUT_MS);
    },
    stats: async () => ({
      attempts: ledger.all.attempts,
      completed: ledger.all.completed,
      abandoned: 0,
      inFlight: inFlight(),
      lagP99Us: 0,
    }),
  };
}

function gunicornSettings({ host, port, mode, workers, threads }: Omit<BackendSpec, "token">): object {
  return { bind: `${host}:${port}`, worker_class: mode, workers, threads };
}

async function until(
  handle: Handle,
  isTrue: () => Promise<boolean>,
  timeoutMs = READY_TIMEOUT_MS,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let ended: string | null = null;
  void handle.exited.then((exit) => {
    ended = exit.signal ?? `code ${exit.code}`;
  });
  while (!(await isTrue())) {
    const words = (): string => handle.logs().trim().split("\n").at(-1) ?? "";
    if (ended !== null)
      throw new EnvironmentError(
        `gunicorn of ${handle.name} ended with ${ended} before it was ready: ${words()}`,
      );
    if (performance.now() > deadline)
      throw new ProcessDiedError(`gunicorn of ${handle.name} was not ready in time: ${words()}`);
    await delay(POLL_MS);
  }
}

/** It answers, whatever: a host that it does not allow is an answer, too. */
function answers({
  host,
  port,
  allowedHosts,
}: Pick<BackendSpec, "host" | "port" | "allowedHosts">): Promise<boolean> {
  return new Promise((resolve) => {
    const named = allowedHosts.find((name) => name !== "*")?.replace(/^\./, "") ?? host;
    const asked = request(
      { host, port, path: "/healthz/", agent: false, headers: { host: named }, timeout: ANSWER_TIMEOUT_MS },
      (response) => {
        response.resume();
        response.on("end", () => resolve(true));
        response.on("error", () => resolve(false));
      },
    );
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", () => resolve(false));
    asked.end();
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function isQuiet(port: number, inFlight: () => number): Promise<boolean> {
  const deadline = performance.now() + QUIET_MS;
  while (inFlight() > 0 || waitingIn(port) > 0) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Connections that the kernel holds for a listener which has not accepted them; 0 where the kernel does not say. */
function waitingIn(port: number): number {
  let table: string;
  try {
    table = readFileSync("/proc/net/tcp", "utf8");
  } catch {
    return 0;
  }
  // `0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 ...`: local address, remote, state LISTEN, tx_queue:rx_queue.
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A `;
  const line = table.split("\n").find((each) => each.includes(local));
  return Number.parseInt(line?.split(local)[1]?.split(" ")[0]?.split(":")[1] ?? "0", 16);
}
