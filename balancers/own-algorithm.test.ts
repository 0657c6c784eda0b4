import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { AlgorithmError } from "./algorithm.ts";
import { loadOwnAlgorithm } from "./own-algorithm.ts";

const folder = mkdtempSync(join(tmpdir(), "evenkeel-own-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
/** A file of its own each time, because Node imports a path once. */
function write(text: string, extension = "mjs"): string {
  files += 1;
  const path = join(folder, `own-${files}.${extension}`);
  writeFileSync(path, text);
  return path;
}
const fields = (change: string): string =>
  `export const algorithm = { name: "mine", family: "static", weighted: false, create: () => ({ pick: (_, { eligible }) => eligible[0] }), ${change} };`;
const refuses = (path: string, words: RegExp): Promise<void> =>
  assert.rejects(loadOwnAlgorithm(path), (error: unknown) => {
    assert.ok(error instanceof AlgorithmError, String(error));
    assert.match(error.message, words);
    assert.ok(!error.message.includes("\n"), "one line");
    return true;
  });

test("TypeScript and JavaScript both load, with the hash of what the file holds", async () => {
  const text = fields("");
  for (const extension of ["ts", "mts", "js", "mjs"]) {
    const path = write(text, extension);
    const { definition, sha256, path: loaded } = await loadOwnAlgorithm(path);
    assert.deepEqual([definition.name, definition.summary, loaded], ["mine", "", path]);
    assert.equal(sha256, createHash("sha256").update(text).digest("hex"));
  }
});

test("what is no such file is refused with the reason", async () => {
  await refuses(join(folder, "none.ts"), /^there is no such file$/);
  mkdirSync(join(folder, "folder.ts"));
  await refuses(join(folder, "folder.ts"), /^this is no file$/);
});

test("a file that cannot be imported is refused with the line of its mistake", async () => {
  await refuses(
    write("export const a = 1;\nexport const = 2;"),
    /^cannot be imported \(line 2\): Unexpected token/,
  );
  await refuses(
    write("const a: number = 1;\n\nconst = 2;", "ts"),
    /^cannot be imported \(line 3\): Unexpected token/,
  );
  await refuses(
    write("enum Colour { Red }", "ts"),
    /^cannot be imported \(line 1\): TypeScript enum is not supported/,
  );
  await refuses(write("\n\nnull.x;"), /^cannot be imported \(line 3\): Cannot read properties of null/);
  await refuses(write('import "./nothing.mjs";'), /^cannot be imported: Cannot find module .*nothing\.mjs/);
});

test("every field that is missing or wrong is named", async () => {
  await refuses(write("export default {};"), /^exports no `algorithm`/);
  await refuses(write("export const algorithm = 5;"), /is not right: expected an object$/);
  await refuses(
    write("export const algorithm = {};"),
    /name: expected a text; family: expected "static", "by-load" or "by-key"; weighted: expected true or false; create: expected a function$/,
  );
  await refuses(write(fields('name: "My Own"')), /name: expected lower-case words joined by hyphens$/);
  for (const name of ["random", "power-of-4-choices"])
    await refuses(
      write(fields(`name: "${name}"`)),
      new RegExp(`name: ${name} is one of evenkeel's own: choose another$`),
    );
  await refuses(write(fields("colour: 1, size: 2")), /unknown colour, size$/);
});

test("create is tried once, and what it gives is looked at", async () => {
  await refuses(write(fields('create: () => { throw new Error("no luck"); }')), /^create failed: no luck$/);
  await refuses(
    write(fields("create: () => undefined")),
    /^what create gives is not right: expected an object$/,
  );
  await refuses(
    write(fields("create: () => ({})")),
    /^what create gives is not right: pick: expected a function$/,
  );
  await refuses(
    write(fields("create: () => ({ pick: () => 0, finished: true })")),
    /^what create gives is not right: finished: expected a function$/,
  );
});

test("what its methods throw says in which of them it was", async () => {
  const path = write(
    fields('create: () => ({ pick() { return this.none.here; }, started() { throw new Error("full"); } })'),
  );
  const { definition } = await loadOwnAlgorithm(path);
  const algorithm = definition.create({ rng: createRng(1), size: 1 });
  const view = { clientAddress: "127.1.1.1", path: "/", header: () => undefined };
  const pool = { eligible: [0], weight: Float64Array.of(1), inflight: Int32Array.of(0) };
  assert.throws(
    () => algorithm.pick(view, pool, 0),
    /^AlgorithmError: pick failed: Cannot read properties of undefined/,
  );
  assert.throws(() => algorithm.started?.(0, 0), /^AlgorithmError: started failed: full$/);
  assert.equal(algorithm.finished, undefined);
});
