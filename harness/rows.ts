/**
 * The primary record: one fixed-width row per request of the measured window, in the order in which they ended.
 * Layout, little endian, ROW_BYTES each, after a header of ROW_BYTES that starts with the ASCII magic `evenkeel/rows@1`:
 *   f64 dueUs, f64 sentUs, f64 endedUs   from the start of the window; sentUs is NaN when never sent
 *   u32 k, u32 queueUs, u32 serviceUs, u32 lagUs   UNKNOWN_U32 when the backend did not report
 *   u16 status (0: none), u16 client, u8 outcome, u8 backend (0: unknown), u8 type, u8 mark (bits of `traffic/visitor.ts`)
 */
import type { Buffer } from "node:buffer";

export const ROW_BYTES = 48;
export const ROWS_MAGIC = "evenkeel/rows@1";
export const UNKNOWN_U32 = 0xffff_ffff;

/** Position is the code in the row. `ok` is any status below 400. */
export const OUTCOMES = [
  "ok",
  "httpError",
  "timeout",
  "connectionError",
  "aborted",
  "inFlightAtEnd",
  "dropped",
] as const;
export type RowOutcome = (typeof OUTCOMES)[number];

export interface Row {
  k: number;
  dueUs: number;
  sentUs: number;
  endedUs: number;
  queueUs: number;
  serviceUs: number;
  lagUs: number;
  status: number;
  client: number;
  outcome: number;
  backend: number;
  type: number;
  /** What the request was to the session that it belongs to; 0 where there is none. */
  mark: number;
}

/** A row to be filled, again and again. */
export function blankRow(): Row {
  return {
    k: 0,
    dueUs: 0,
    sentUs: 0,
    endedUs: 0,
    queueUs: 0,
    serviceUs: 0,
    lagUs: 0,
    status: 0,
    client: 0,
    outcome: 0,
    backend: 0,
    type: 0,
    mark: 0,
  };
}

export function writeRow(buffer: Buffer, offset: number, row: Row): void {
  buffer.writeDoubleLE(row.dueUs, offset);
  buffer.writeDoubleLE(row.sentUs, offset + 8);
  buffer.writeDoubleLE(row.endedUs, offset + 16);
  buffer.writeUInt32LE(row.k, offset + 24);
  buffer.writeUInt32LE(row.queueUs, offset + 28);
  buffer.writeUInt32LE(row.serviceUs, offset + 32);
  buffer.writeUInt32LE(row.lagUs, offset + 36);
  buffer.writeUInt16LE(row.status, offset + 40);
  buffer.writeUInt16LE(row.client, offset + 42);
  buffer.writeUInt8(row.outcome, offset + 44);
  buffer.writeUInt8(row.backend, offset + 45);
  buffer.writeUInt8(row.type, offset + 46);
  buffer.writeUInt8(row.mark, offset + 47);
}

/** Reads the row at `offset` into `row`, so that a scan over millions allocates nothing. */
export function readRow(buffer: Buffer, offset: number, row: Row): void {
  row.dueUs = buffer.readDoubleLE(offset);
  row.sentUs = buffer.readDoubleLE(offset + 8);
  row.endedUs = buffer.readDoubleLE(offset + 16);
  row.k = buffer.readUInt32LE(offset + 24);
  row.queueUs = buffer.readUInt32LE(offset + 28);
  row.serviceUs = buffer.readUInt32LE(offset + 32);
  row.lagUs = buffer.readUInt32LE(offset + 36);
  row.status = buffer.readUInt16LE(offset + 40);
  row.client = buffer.readUInt16LE(offset + 42);
  row.outcome = buffer.readUInt8(offset + 44);
  row.backend = buffer.readUInt8(offset + 45);
  row.type = buffer.readUInt8(offset + 46);
  row.mark = buffer.readUInt8(offset + 47);
}
