import { writeFileSync } from "node:fs";
import {
  OUTCOMES,
  ROW_BYTES,
  ROWS_MAGIC,
  type Row,
  type RowOutcome,
  UNKNOWN_U32,
  writeRow,
} from "../rows.ts";

/** A row for tests: due at 0, sent at once, ok after 10 ms at backend 1, unless told otherwise. */
export function row(change: Partial<Omit<Row, "outcome">> & { readonly outcome?: RowOutcome } = {}): Row {
  const { outcome = "ok", ...fields } = change;
  const dueUs = fields.dueUs ?? 0;
  return {
    k: 0,
    sentUs: outcome === "dropped" ? Number.NaN : dueUs,
    endedUs: dueUs + 10_000,
    queueUs: UNKNOWN_U32,
    serviceUs: UNKNOWN_U32,
    lagUs: UNKNOWN_U32,
    status: outcome === "ok" ? 200 : outcome === "httpError" ? 500 : 0,
    client: 0,
    backend: outcome === "ok" || outcome === "httpError" ? 1 : 0,
    type: 0,
    mark: 0,
    ...fields,
    dueUs,
    outcome: OUTCOMES.indexOf(outcome),
  };
}

/** Bytes of a rows file. */
export function rowsFile(rows: readonly Row[]): Buffer {
  const buffer = Buffer.alloc((rows.length + 1) * ROW_BYTES);
  buffer.write(ROWS_MAGIC, "latin1");
  for (const [index, each] of rows.entries()) writeRow(buffer, (index + 1) * ROW_BYTES, each);
  return buffer;
}

export function writeRowsFile(path: string, rows: readonly Row[]): void {
  writeFileSync(path, rowsFile(rows));
}

/** One FIFO single-worker backend with Poisson arrivals and exponential service: rows of requests due in `[0, durationUs)`. */
export function singleQueue(
  uniform: () => number,
  options: {
    readonly load: number;
    readonly meanServiceUs: number;
    readonly durationUs: number;
    readonly warmupUs: number;
  },
): readonly Row[] {
  const { load, meanServiceUs, durationUs, warmupUs } = options;
  const exponential = (mean: number): number => -mean * Math.log1p(-uniform());
  const rows: Row[] = [];
  let free = -warmupUs;
  for (let due = -warmupUs; ; ) {
    due += exponential(meanServiceUs / load);
    if (due >= durationUs) return rows;
    const starts = Math.max(due, free);
    const service = exponential(meanServiceUs);
    free = starts + service;
    if (due < 0) continue;
    const times = { queueUs: Math.round(starts - due), serviceUs: Math.round(service), lagUs: 0 };
    rows.push(row({ k: rows.length, dueUs: due, endedUs: free, ...times }));
  }
}
