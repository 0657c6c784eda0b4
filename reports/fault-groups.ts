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
    lost: atOnce(windows).reduce((sum, { lost }) => sum + lost, 0),
    lostBy: atOnce(windows).reduce<FaultRecord["lostBy"]>((sum, { lostBy }) => addLosses(sum, lostBy), null),
    sentWhileKnownBad: sumOf(windows, ({ sentWhileKnownBad }) => sentWhileKnownBad),
    drainErrors: sumOf(atOnce(windows), ({ drainErrors }) => drainErrors),
    budgetBurnt: sumOf(atOnce(windows), ({ budgetBurnt }) => budgetBurnt),
    // Of windows that follow each other closely the excess of one is that of the next.
    excess: null,
    recoveredRangeMs: null,
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

type Losses = FaultRecord["lostBy"];

function addLosses(one: Losses, other: Losses): Losses {
  if (one === null || other === null) return one ?? other;
  return {
    connect: one.connect + other.connect,
    midFlight: one.midFlight + other.midFlight,
    timeout: one.timeout + other.timeout,
    wrongStatus: one.wrongStatus + other.wrongStatus,
  };
}

/** Null where no window knows. */
function sumOf(windows: readonly FaultRecord[], of: (window: FaultRecord) => number | null): number | null {
  const known = windows.flatMap((window) => of(window) ?? []);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** Windows that begin together lose the same requests: of these the one that lost most. */
function atOnce(windows: readonly FaultRecord[]): readonly FaultRecord[] {
  const byInstant = new Map<number, FaultRecord>();
  for (const window of windows) {
    const known = byInstant.get(window.at);
    if (known === undefined || window.lost > known.lost) byInstant.set(window.at, window);
  }
  return [...byInstant.values()];
}
