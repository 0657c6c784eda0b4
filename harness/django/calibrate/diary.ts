import { existsSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { NO_K } from "../../../backends/protocol.ts";

/** What one request had of its worker since the one before; milliseconds. */
export interface DiaryEntry {
  readonly k: number;
  /** CPU time, gunicorn's own included. */
  readonly cpuMs: number;
  /** Time in the view that was neither CPU time nor waiting for a core. */
  readonly ioMs: number;
  /** Waited for a core. */
  readonly delayMs: number;
}

/** `u32 k, u32 io in us, i64 CPU time in ns, i64 delay in ns`, both clocks of the worker: evenkeel_shop/effort.py. */
const ENTRY_BYTES = 24;

/** The diary of the one worker whose server works in a folder below `folder`. */
export function openDiary(folder: string): { forget(): void; read(): readonly DiaryEntry[] } {
  const file = (): string | undefined =>
    readdirSync(folder)
      .map((name) => join(folder, name, "diary.bin"))
      .find((path) => existsSync(path));
  let last: { readonly cpu: bigint; readonly delay: bigint } | null = null;
  const read = (): readonly DiaryEntry[] => {
    const path = file();
    if (path === undefined) return [];
    const bytes = readFileSync(path);
    truncateSync(path);
    const entries: DiaryEntry[] = [];
    for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
      const clock = { cpu: bytes.readBigInt64LE(at + 8), delay: bytes.readBigInt64LE(at + 16) };
      const k = bytes.readUInt32LE(at);
      if (last !== null && k !== NO_K)
        entries.push({
          k,
          cpuMs: Number(clock.cpu - last.cpu) / 1e6,
          ioMs: bytes.readUInt32LE(at + 4) / 1e3,
          delayMs: Number(clock.delay - last.delay) / 1e6,
        });
      last = clock;
    }
    return entries;
  };
  return { forget: () => void read(), read };
}
