import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { ROW_BYTES } from "../rows.ts";
import { forEachRow } from "./read-rows.ts";
import { row, rowsFile, writeRowsFile } from "./test-rows.ts";

describe("reading rows", () => {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-rows-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "rows");

  it("visits every row in order, also over several reads", async () => {
    const rows = Array.from({ length: 10_000 }, (_, k) =>
      row({ k, dueUs: k + 0.5, backend: k % 256, client: k % 65_536 }),
    );
    writeRowsFile(path, rows);
    let next = 0;
    const read = await forEachRow(path, (each) => {
      assert.deepEqual(each, rows[next]);
      next += 1;
    });
    assert.deepEqual(read, { rows: 10_000, tailBytes: 0 });
    assert.equal(next, 10_000);
  });

  it("reads a file without rows", async () => {
    writeRowsFile(path, []);
    assert.deepEqual(await forEachRow(path, () => assert.fail("a row")), { rows: 0, tailBytes: 0 });
  });

  it("refuses a cut-off row unless the run is partial, and then says how much is left", async () => {
    writeFileSync(path, rowsFile([row(), row({ k: 1 })]).subarray(0, 3 * ROW_BYTES - 5));
    await assert.rejects(
      forEachRow(path, () => {}),
      /the last row is cut off after 43 of 48 bytes/,
    );
    let rows = 0;
    assert.deepEqual(await forEachRow(path, () => (rows += 1), { partial: true }), {
      rows: 1,
      tailBytes: 43,
    });
    assert.equal(rows, 1);
  });

  it("refuses what is not a rows file", async () => {
    writeFileSync(path, Buffer.alloc(ROW_BYTES * 2, "evenkeel/rows@10"));
    await assert.rejects(
      forEachRow(path, () => {}),
      /not a rows file: it does not start with/,
    );
    writeFileSync(path, "");
    await assert.rejects(
      forEachRow(path, () => {}),
      /not a rows file: it has no header/,
    );
    assert.deepEqual(await forEachRow(path, () => {}, { partial: true }), { rows: 0, tailBytes: 0 });
    await assert.rejects(
      forEachRow(join(folder, "none"), () => {}),
      /ENOENT/,
    );
  });
});
