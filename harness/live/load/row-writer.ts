import { close, open, write, writeSync } from "node:fs";
import { ROW_BYTES, ROWS_MAGIC, type Row, writeRow } from "../../rows.ts";

const ROWS_PER_BUFFER = 1_024;
const MAX_BUFFERS = 64;

/** Streams rows to a file through a fixed set of buffers (3 MiB at most). */
export interface RowWriter {
  append(row: Row): void;
  /** Writes what is left and closes the file; rejects with what went wrong, also earlier. Call it once. */
  close(): Promise<void>;
}

/** `onError` is called once, as soon as a write fails; the message names the file. Rejects when the file cannot be made. */
export async function createRowWriter(path: string, onError: (error: Error) => void): Promise<RowWriter> {
  const fd = await openFile(path);
  const free: Buffer[] = [];
  let allocated = 1;
  let current: Buffer = Buffer.alloc(ROW_BYTES * ROWS_PER_BUFFER);
  let used = current.write(ROWS_MAGIC, "latin1") && ROW_BYTES;
  let position = 0;
  let pending = 0;
  let failure: Error | null = null;
  let drained: (() => void) | null = null;

  const fail = (error: Error): void => {
    if (failure !== null) return;
    failure = explained(path, error);
    onError(failure);
  };
  const writeAll = (buffer: Buffer, from: number, to: number, at: number): void => {
    write(fd, buffer, from, to - from, at, (error, written) => {
      if (error === null && written < to - from) return writeAll(buffer, from + written, to, at + written);
      if (error !== null) fail(error);
      pending -= 1;
      free.push(buffer);
      if (pending === 0) drained?.();
    });
  };
  const flush = (): void => {
    const [buffer, length, at] = [current, used, position];
    position += length;
    used = 0;
    if (failure !== null) return;
    const next = free.pop();
    if (next === undefined && allocated === MAX_BUFFERS) {
      // The disk is behind by all buffers: wait for it, which shows as send lag, instead of growing.
      try {
        writeNow(fd, buffer, length, at);
      } catch (error) {
        fail(error as Error);
      }
      return;
    }
    if (next === undefined) allocated += 1;
    current = next ?? Buffer.alloc(ROW_BYTES * ROWS_PER_BUFFER);
    pending += 1;
    writeAll(buffer, 0, length, at);
  };
  return {
    append(row) {
      writeRow(current, used, row);
      used += ROW_BYTES;
      if (used === current.length) flush();
    },
    async close() {
      if (used > 0) flush();
      if (pending > 0) await new Promise<void>((resolve) => (drained = resolve));
      await new Promise<void>((resolve) =>
        close(fd, (error) => {
          if (error !== null && error !== undefined) fail(error);
          resolve();
        }),
      );
      if (failure !== null) throw failure;
    },
  };
}

function openFile(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, "w", (error, fd) => (error === null ? resolve(fd) : reject(explained(path, error))));
  });
}

function writeNow(fd: number, buffer: Buffer, length: number, at: number): void {
  for (let done = 0; done < length; ) done += writeSync(fd, buffer, done, length - done, at + done);
}

function explained(path: string, error: Error): Error {
  const full = "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
  const advice = full
    ? "the disk is full; free some space or choose another folder with --out"
    : error.message;
  return new Error(`cannot write ${path}: ${advice}`, { cause: error });
}
