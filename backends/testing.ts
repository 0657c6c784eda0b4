/** What the tests of this folder share: a backend in this process, and a client that sees bytes. */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { faultSchema } from "./faults/registry.ts";
import { windowsOf } from "./faults/windows.ts";
import type { LedgerEvent } from "./ledger.ts";
import type { BackendSpec } from "./protocol.ts";
import { type Backend, createBackend } from "./server.ts";

export const SPEC: BackendSpec = {
  id: 3,
  host: "127.0.0.1",
  port: 0,
  mode: "sync",
  workers: 1,
  threads: 1,
  speed: 1,
  django: "5.2",
  sessionBackend: "shared",
  allowedHosts: ["*"],
  seed: 1,
  token: "secret",
  listen: true,
};

export interface Started {
  readonly backend: Backend;
  readonly port: number;
  readonly ledger: (readonly [event: LedgerEvent, k: number])[];
}

/** A listening backend that ends with the test. */
export async function startBackend(t: TestContext, spec: Partial<BackendSpec> = {}): Promise<Started> {
  const ledger: [LedgerEvent, number][] = [];
  const backend = await createBackend({ ...SPEC, ...spec }, (event, k) => void ledger.push([event, k]));
  t.after(() => backend.close());
  return { backend, port: await backend.listen(), ledger };
}

/** Lets faults act, written as in a scenario: from now on for a minute unless they say otherwise. */
export async function afflict(
  backend: Backend,
  ...faults: { type: string; for?: string; [key: string]: unknown }[]
): Promise<void> {
  const entries = faults.map((fault) =>
    faultSchema.parse({ at: "0ms", for: "60s", backend: backend.id, ...fault }),
  );
  await backend.reset({
    zeroNs: String(process.hrtime.bigint()),
    faults: windowsOf(entries, { count: backend.id, durationMs: 60_000, seed: 1 }),
  });
}

export interface Exchange {
  readonly text: string;
  readonly status: number;
  readonly head: readonly string[];
  readonly body: string;
  /** `end`: closed in order; otherwise the code of the socket's error. */
  readonly ended: string;
}

/** Sends `text` on a connection of its own and reads until the server closes it. */
export async function exchange(
  port: number,
  text: string,
  socket: Socket = connect(port, "127.0.0.1"),
): Promise<Exchange> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<string>((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
    socket.once("close", () => resolve("end"));
  });
  socket.write(text);
  const how = await within(ended, "the connection to close");
  const whole = Buffer.concat(chunks).toString("latin1");
  const split = whole.indexOf("\r\n\r\n");
  const head = split < 0 ? [] : whole.slice(0, split).split("\r\n");
  return {
    text: whole,
    status: Number(head[0]?.split(" ")[1] ?? 0),
    head,
    body: split < 0 ? "" : whole.slice(split + 4),
    ended: how,
  };
}

/** Request text; a Host is added. */
export function request(line: string, headers: readonly string[] = [], body = ""): string {
  return [`${line} HTTP/1.1`, "Host: shop.example", ...headers, "", body].join("\r\n");
}

/** queue, service and lag of a response in microseconds. */
export function timesOf(response: Exchange): { queue: number; service: number; lag: number } {
  const line = response.head.find((header) => header.startsWith("x-evenkeel-times: "));
  const match = /queue=(\d+);service=(\d+);lag=(\d+)$/.exec(line ?? "");
  assert.ok(match, `no times in ${response.head.join(" | ")}`);
  return { queue: Number(match[1]), service: Number(match[2]), lag: Number(match[3]) };
}

/** `promise`, or a failure that says what was waited for. */
export async function within<T>(promise: Promise<T>, what: string, ms = 20_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when `condition` holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
