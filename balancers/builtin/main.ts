/**
 * The builtin proxy as a process of its own: `node main.ts builtin.json`. Over IPC, when there is a channel, it says ReadyMessage or
 * FailedMessage, then AttemptsMessage; it does what ChangeMessage asks. SIGTERM drains it; a parent that is gone ends it.
 */
import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { createRng } from "#kernel/rng.ts";
import { AlgorithmError } from "../algorithm.ts";
import { type AttemptsMessage, createAttemptLog } from "./attempts.ts";
import { applyChanges, type ChangedMessage, type ChangeMessage } from "./changes.ts";
import { checkHealth } from "./health.ts";
import { loadAlgorithm } from "./load-algorithm.ts";
import { optionsSchema, type ProxyOptions } from "./options.ts";
import { createProxy } from "./proxy.ts";
import { listen } from "./server.ts";
import { superviseWorkers } from "./workers.ts";

export interface ReadyMessage {
  readonly type: "ready";
  readonly port: number;
}
export interface FailedMessage {
  readonly type: "failed";
  readonly message: string;
}
export type ProxyMessage = ReadyMessage | FailedMessage | AttemptsMessage | ChangedMessage;

/** Resolves when it was handed over, or when nobody is there to hear it. */
function say(message: ProxyMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send) process.send(message, () => resolve());
    else resolve();
  });
}

let isFailing = false;

/** The last line of standard error is what a trial that this ends gives as its reason. */
async function fail(error: unknown): Promise<void> {
  if (isFailing) return;
  isFailing = true;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`builtin: ${message}\n`);
  await say({ type: "failed", message });
  process.exit(1);
}

/** What an algorithm does wrong, with the name or the file that it has. */
function naming(algorithm: string): (error: unknown) => Promise<void> {
  return (error) => {
    if (error instanceof AlgorithmError) return fail(new AlgorithmError(`${algorithm}: ${error.message}`));
    if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return fail(error);
  };
}

async function serve(options: ProxyOptions): Promise<void> {
  process.on("uncaughtException", naming(options.algorithm));
  const worker = cluster.worker?.id ?? 0;
  const definition = await loadAlgorithm(options.algorithm);
  const rng = createRng(options.seed).fork("algorithm").fork(worker);
  const ids = options.backends.map((backend) => backend.id);
  const log = options.attempts ? createAttemptLog(ids, say) : null;
  const place = { instance: Math.max(0, worker - 1), rng };
  const proxy = createProxy(options, definition, place, (backend, again) => log?.add(backend, again));
  const leave = (options.absent ?? []).map((backend) => ({ change: "remove", backend }) as const);
  applyChanges(proxy.dispatcher, ids, leave);
  process.on("message", ({ type, number, changes }: ChangeMessage) => {
    if (type !== "change") return;
    applyChanges(proxy.dispatcher, ids, changes);
    void say({ type: "changed", number });
  });
  const server = await listen(options, proxy.handle);
  const stopChecks = options.health ? checkHealth(options.backends, options.health, proxy.dispatcher) : null;
  let isStopping = false;
  process.on("SIGTERM", async () => {
    if (isStopping) return;
    isStopping = true;
    const cut = await server.drain(options.drainMs);
    if (cut > 0)
      process.stderr.write(`builtin: ${cut} requests were cut after ${options.drainMs} ms of draining\n`);
    stopChecks?.();
    await log?.close();
    process.exit(0);
  });
  await say({ type: "ready", port: server.port });
}

async function main(): Promise<void> {
  const file = process.argv[2];
  if (file === undefined) throw new Error("usage: main.ts OPTIONS.json");
  const parsed = optionsSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
  const options = parsed.data;
  process.on("disconnect", () => process.exit(0));
  // The terminal sends Ctrl-C to everyone; whoever started us decides when we stop.
  if (process.connected) process.on("SIGINT", () => undefined);
  if (options.workers > 1 && cluster.isPrimary) superviseWorkers(options.workers, say, fail);
  else await serve(options).catch(naming(options.algorithm));
}

main().catch(fail);
