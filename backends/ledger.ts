import { fstatSync, writeSync } from "node:fs";
import { nowNs } from "./alarm.ts";
import { LEDGER, LEDGER_ENTRY_BYTES, LEDGER_FD } from "./protocol.ts";

export type LedgerEvent = keyof typeof LEDGER;

/** Writes one entry and returns when the kernel has it. */
export type WriteLedger = (event: LedgerEvent, k: number) => void;

/** The ledger on file descriptor 3, or one that goes nowhere when the descriptor is not a pipe of ours (a backend started by hand). */
export function openLedger(): WriteLedger {
  if (!isOurs()) return () => undefined;
  const entry = Buffer.alloc(LEDGER_ENTRY_BYTES);
  return (event, k) => {
    entry.writeUInt8(LEDGER[event], 0);
    entry.writeUInt32LE(k, 4);
    entry.writeDoubleLE(nowNs(), 8);
    writeAll(entry);
  };
}

function isOurs(): boolean {
  // Node's own descriptors (epoll, the IPC channel) may have this number.
  if ((process.channel as { fd?: number } | undefined)?.fd === LEDGER_FD) return false;
  try {
    const stat = fstatSync(LEDGER_FD);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

function writeAll(entry: Buffer): void {
  let done = 0;
  while (done < entry.length) {
    try {
      done += writeSync(LEDGER_FD, entry, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      // The reader is behind; an entry that is not written is a count that does not add up.
      Atomics.wait(sleeper, 0, 0, 1);
    }
  }
}
