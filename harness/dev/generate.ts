/** `npm run generate`: writes what is derived from the code. With `--check` it writes nothing and fails when a file is stale. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateAll, stale } from "./generated/all.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const check = process.argv.includes("--check");
const old: string[] = [];

await generateAll(root, (files) => {
  for (const { path, content } of stale(root, files)) {
    old.push(path);
    if (check) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
});

for (const path of old) console.error(check ? `stale: ${path}` : `wrote ${path}`);
if (check && old.length > 0) {
  console.error("run: npm run generate");
  process.exitCode = 1;
}
