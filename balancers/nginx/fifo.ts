import { Buffer } from "node:buffer";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { AttemptReport, BackendAddress } from "../balancer.ts";
import type { Runtime } from "../runtime.ts";
import { createLineReader, parseAttempts } from "./attempts.ts";
import { ATTEMPTS_FIFO } from "./render.ts";

export interface AttemptsFifo {
  onAttempts(listener: (report: AttemptReport) => void): void;
  /** Reports what is still in the pipe, then closes it. */
  close(): void;
}

const POLL_MS = 10;
const CHUNK_BYTES = 65_536;

/**
 * Makes the FIFO in `directory` and reads it; must be there before NGINX opens its logs. Opened for reading and writing: NGINX would
 * wait in open() for a reader otherwise, and a reload would end the stream.
 */
export async function openAttemptsFifo(
  directory: string,
  backends: readonly BackendAddress[],
  runtime: Runtime,
): Promise<AttemptsFifo> {
  const made = await runtime.run("mkfifo", ["-m", "600", ATTEMPTS_FIFO], {
    cwd: directory,
    timeoutMs: 5_000,
  });
  if (made.code !== 0) throw new Error(`cannot make a FIFO for the attempts of NGINX: ${made.output.trim()}`);
  const descriptor = openSync(join(directory, ATTEMPTS_FIFO), constants.O_RDWR | constants.O_NONBLOCK);
  const ids = new Map(backends.map((backend) => [`${backend.host}:${backend.port}`, backend.id]));
  const wallToNs = measureOffset();
  const listeners: ((report: AttemptReport) => void)[] = [];
  const read = createLineReader((line) => {
    for (const [index, { address, atMs }] of parseAttempts(line).entries()) {
      const backend = ids.get(address);
      if (backend === undefined) continue;
      const atNs = BigInt(Math.round(atMs * 1_000)) * 1_000n + wallToNs;
      const report = { backend, atNs, count: 1, retries: index === 0 ? 0 : 1 };
      for (const listener of listeners) listener(report);
    }
  });
  const drain = createDrain(descriptor, read);
  // A pipe holds 64 KiB, about 1,000 lines: polled often enough that NGINX never waits to write at the rates we send.
  const timer = setInterval(drain, POLL_MS).unref();
  let open = true;
  return {
    onAttempts: (listener) => void listeners.push(listener),
    close() {
      if (!open) return;
      open = false;
      clearInterval(timer);
      drain();
      closeSync(descriptor);
    },
  };
}

function createDrain(descriptor: number, read: (chunk: string) => void): () => void {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  return () => {
    try {
      for (let bytes = readSync(descriptor, buffer); bytes > 0; bytes = readSync(descriptor, buffer)) {
        read(buffer.toString("latin1", 0, bytes));
      }
    } catch (error) {
      // Empty for now.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  };
}

/** Nanoseconds from the wall clock, in which NGINX logs, to hrtime, taken where the wall clock's millisecond turns. */
function measureOffset(): bigint {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return process.hrtime.bigint() - BigInt(now) * 1_000_000n;
}
