import { listSome, plural, showMs } from "./figures.ts";
import type { FaultRecord } from "./record.ts";

/** A fault of a scenario as one trial saw it: every backend and every time of it as one. */
export interface FaultGroup {
  readonly type: string;
  readonly backends: readonly number[];
  /** How often it came at each backend. */
  readonly times: number;
  readonly windows: readonly FaultRecord[];
  /** Of one window its record; of several what most of them say, with medians of the instants. */
  readonly whole: FaultRecord;
}

/** The faults of one trial in the order of the scenario. */
export function groupFaults(records: readonly FaultRecord[]): readonly FaultGroup[] {
  const groups = new Map<number, FaultRecord[]>();
  for (const [position, record] of records.entries()) {
    const entry = record.entry ?? position;
    groups.set(entry, [...(groups.get(entry) ?? []), record]);
  }
  return [...groups.values()].map((windows) => {
    const backends = [...new Set(windows.map(({ backend }) => backend))];
    const [first] = windows as [FaultRecord];
    return {
      type: first.type,
      backends,
      times: Math.ceil(windows.length / backends.length),
      windows,
      whole: windows.length === 1 ? first : together(windows),
    };
  });
}

/** `backend 2`, `backends 1 and 3`, `8 backends`. */
export function backendsText({ backends }: Pick<FaultGroup, "backends">): string {
  if (backends.length > 4) return `${backends.length} backends`;
  return `backend${backends.length === 1 ? "" : "s"} ${listSome(backends.map(String))}`;
}

/** `at 3 s for 4 s`, and how it goes on when it comes again or elsewhere later. */
export function whenText({ windows, times, backends }: FaultGroup): string {
  const [first] = windows as [FaultRecord];
  const later = new Set(windows.map(({ at }) => at)).size > times && backends.length > 1;
  const start = `${times > 1 || later ? "from" : "at"} ${showMs(first.at)}`;
  const length =
    times > 1 ? `${plural(times, "time")}, about ${showMs(first.for)} each` : `for ${showMs(first.for)}`;
  return `${start} ${length}${later ? ", one after the other" : ""}`;
}

type Said = "detection" | "return" | "recovery";
const INSTANT = {
  detection: "detectedAfterMs",
  return: "returnedAfterMs",
  recovery: "recoveredAfterMs",
} as const;

function together(windows: readonly FaultRecord[]): FaultRecord {
  const [first] = windows as [FaultRecord];
  const wrong = windows.flatMap(({ misdirectedShare }) => misdirectedShare ?? []);
  return {
    ...first,
    ...most(windows, "detection"),
    ...most(windows, "return"),
    ...most(windows, "recovery"),
    lost: lostOf(windows),
    misdirectedShare: wrong.length === 0 ? null : wrong.reduce((sum, share) => sum + share, 0) / wrong.length,
  };
}

/** Seen when at least half of the windows that can tell saw it. */
function most(windows: readonly FaultRecord[], said: Said): Partial<FaultRecord> {
  const instants = windows.flatMap((window) => window[INSTANT[said]] ?? []).sort((a, b) => a - b);
  const nevers = windows.filter((window) => window[said] === "never").length;
  if (instants.length + nevers === 0) return { [said]: windows[0]?.[said], [INSTANT[said]]: null };
  if (nevers > instants.length) return { [said]: "never", [INSTANT[said]]: null };
  return { [said]: "seen", [INSTANT[said]]: instants[Math.floor((instants.length - 1) / 2)] ?? null };
}

/** Windows that begin together lose the same requests. */
function lostOf(windows: readonly FaultRecord[]): number {
  const lost = new Map<number, number>();
  for (const window of windows) lost.set(window.at, Math.max(lost.get(window.at) ?? 0, window.lost));
  return [...lost.values()].reduce((sum, count) => sum + count, 0);
}
