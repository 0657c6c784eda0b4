/** Trials in the process of the test: a load model that plays against a raw server. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAlarm } from "../../../backends/alarm.ts";
import type { Traffic } from "../../../scenarios/scenario.ts";
import { OUTCOMES, ROW_BYTES, type Row, type RowOutcome, readRow } from "../../rows.ts";
import { createClosedDriver } from "./closed.ts";
import { createOpenDriver } from "./open.ts";
import type { LoadPlan, LoadSummary } from "./plan.ts";
import { play } from "./play.ts";

/** Below the ports that the kernel gives away, so that no server of another test can turn up there. */
export const REFUSING_PORT = 1;

const COMMON = {
  clients: 8,
  requests: [{ name: "home", method: "GET" as const, path: "/", weight: 1, headers: {} }],
  host: "shop.example",
  timeout: 2_000,
  warmup: 0,
  duration: 1_000,
};

export function openTraffic(rate: number, changes: Partial<typeof COMMON> = {}): Traffic {
  return { ...COMMON, ...changes, model: "open", arrivals: { type: "constant", rate } };
}

export function closedTraffic(
  connections: number,
  changes: Partial<typeof COMMON & { think: number }> = {},
): Traffic {
  return { think: 0, ...COMMON, ...changes, model: "closed", connections };
}

export interface Played {
  readonly summary: LoadSummary;
  readonly rows: readonly Row[];
  readonly counts: Readonly<Record<RowOutcome, number>>;
  /** `process.hrtime` of the window's start, nanoseconds. */
  readonly zeroNs: bigint;
}

export interface PlayOptions {
  readonly plan?: Partial<LoadPlan>;
  readonly signal?: AbortSignal;
  readonly onStart?: (zeroNs: bigint) => void;
}

/** Plays `traffic` against `port` and reads the rows. */
export async function playAgainst(
  port: number,
  traffic: Traffic,
  options: PlayOptions = {},
): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-load-"));
  let ring: () => void = () => {};
  const alarm = createAlarm(() => ring());
  const zeroNs = process.hrtime.bigint() + BigInt(Math.round((traffic.warmup + 100) * 1e6));
  const plan: LoadPlan = {
    target: { host: "127.0.0.1", port },
    seed: 7,
    traffic,
    service: { type: "constant", value: 5 },
    capacity: 100,
    zeroNs: String(zeroNs),
    rowsFile: join(folder, "rows.bin"),
    ...options.plan,
  };
  options.onStart?.(zeroNs);
  try {
    const summary = await play(plan, traffic.model === "open" ? createOpenDriver : createClosedDriver, {
      setAlarm(atNs, onRing) {
        ring = onRing;
        alarm.set(atNs);
      },
      clearAlarm() {
        ring = () => {};
        alarm.clear();
      },
      signal: options.signal ?? new AbortController().signal,
      distinctClients: process.platform === "linux",
      onProgress() {},
    });
    const rows = parseRows(await readFile(plan.rowsFile));
    return { summary, rows, counts: countsOf(rows), zeroNs };
  } finally {
    await alarm.close();
    await rm(folder, { recursive: true, force: true });
  }
}

export function parseRows(bytes: Buffer): readonly Row[] {
  const rows: Row[] = [];
  for (let offset = ROW_BYTES; offset < bytes.length; offset += ROW_BYTES) {
    const row = {} as Row;
    readRow(bytes, offset, row);
    rows.push(row);
  }
  return rows;
}

export function outcomeOf(row: Row): RowOutcome {
  return OUTCOMES[row.outcome] as RowOutcome;
}

function countsOf(rows: readonly Row[]): Record<RowOutcome, number> {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<RowOutcome, number>;
  for (const row of rows) counts[outcomeOf(row)] += 1;
  return counts;
}

/** Value at the rank p, smallest above; sorts. */
export function quantile(values: readonly number[], p: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * p) - 1] ?? Number.NaN;
}
