import { open } from "node:fs/promises";
import { blankRow, ROW_BYTES, ROWS_MAGIC, type Row, readRow } from "../rows.ts";

const ROWS_PER_READ = 4_096;

export interface RowsRead {
  readonly rows: number;
  /** Bytes of a last row that was cut off; only a partial run may have them. */
  readonly tailBytes: number;
}

/** The rows file is not one, or is damaged; the message names the file. */
export class RowsFileError extends Error {
  override name = "RowsFileError";
}

/**
 * Calls `visit` for every row of a file, in bounded memory. The row is the same object each time: copy what should stay.
 * A tail that is no whole row is refused unless `partial` says that the writer was interrupted.
 */
export async function forEachRow(
  path: string,
  visit: (row: Row) => void,
  options: { readonly partial?: boolean } = {},
): Promise<RowsRead> {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(ROWS_PER_READ * ROW_BYTES);
    const row = blankRow();
    let filled = 0;
    let isHeader = true;
    let rows = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
      const whole = filled - (filled % ROW_BYTES);
      for (let offset = 0; offset < whole; offset += ROW_BYTES) {
        if (isHeader) {
          checkHeader(path, buffer);
          isHeader = false;
          continue;
        }
        readRow(buffer, offset, row);
        visit(row);
        rows += 1;
      }
      buffer.copyWithin(0, whole, filled);
      filled -= whole;
    }
    if (options.partial !== true) {
      if (isHeader) throw new RowsFileError(`${path}: not a rows file: it has no header`);
      if (filled > 0)
        throw new RowsFileError(`${path}: the last row is cut off after ${filled} of ${ROW_BYTES} bytes`);
    }
    return { rows, tailBytes: filled };
  } finally {
    await file.close();
  }
}

function checkHeader(path: string, buffer: Buffer): void {
  const magic = buffer.toString("latin1", 0, ROWS_MAGIC.length);
  if (magic === ROWS_MAGIC && buffer[ROWS_MAGIC.length] === 0) return;
  throw new RowsFileError(`${path}: not a rows file: it does not start with "${ROWS_MAGIC}"`);
}
