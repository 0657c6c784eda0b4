import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { djangoProduct, findOwnPython } from "./product.ts";

const folder = mkdtempSync(join(tmpdir(), "evenkeel-python-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function python(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const answer = (django: string): string =>
  `echo '{"command":"/x/python3","versions":{"django":"${django}","gunicorn":"22.0.0","python":"3.12.1"}}'`;

async function reasonFor(path: string): Promise<string> {
  const found = await findOwnPython(path);
  assert.ok(!found.available);
  return found.reason;
}

test("a Python of the user's own is used as the interpreter that it is, with its versions", async () => {
  const found = await findOwnPython(python("good", answer("5.2.1")));
  assert.ok(found.available);
  assert.deepEqual(
    [found.command, found.version, found.versions?.gunicorn],
    ["/x/python3", "5.2.1", "22.0.0"],
  );
});

test("a Python that lacks a part, does not exist, or is too old is said so in one line", async () => {
  const lacking = python("lacking", `echo "ModuleNotFoundError: No module named 'gunicorn'" >&2; exit 1`);
  assert.equal(await reasonFor(lacking), `${lacking} has no gunicorn`);
  const broken = python("broken", `echo "ImportError: no cgi" >&2; exit 1`);
  assert.match(await reasonFor(broken), /cannot load Django and gunicorn: ImportError: no cgi$/);
  assert.match(await reasonFor(python("old", answer("2.2.1"))), /has Django 2\.2\.1, expected 3\.2 or newer/);
  assert.equal(await reasonFor("/no/such/python"), "there is no /no/such/python");
});

test("fetched packages run on this machine's Python, or on the one that came with them", () => {
  const modules = "root/usr/lib/python3/dist-packages";
  const django = `${modules}/django/__init__.py`;
  assert.deepEqual(djangoProduct.keep([django, `${modules}/django/x.mo`]), {
    command: "/usr/bin/python3",
    libraryFolders: [],
    pythonFolders: [modules],
    files: [django],
  });
  const library = "root/usr/lib/x86_64-linux-gnu/libexpat.so.1";
  assert.deepEqual(djangoProduct.keep([django, "root/usr/bin/python3.11", library]), {
    command: "root/usr/bin/python3.11",
    libraryFolders: ["root/usr/lib/x86_64-linux-gnu"],
    pythonFolders: [modules],
    files: [django, library],
  });
  assert.throws(() => djangoProduct.keep([]), /holds no Django/);
});
