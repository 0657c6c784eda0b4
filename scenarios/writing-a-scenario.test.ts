import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadScenarios } from "./load.ts";

const page = readFileSync(new URL("../docs/writing-a-scenario.md", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "evenkeel-docs-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1]!);
const nameOf = (block: string): string => /^name: (.+)$/m.exec(block)![1]!;
for (const block of blocks) writeFileSync(join(folder, `${nameOf(block)}.yaml`), block);

for (const block of blocks) {
  test(`the page's ${nameOf(block)} is a valid file`, async () => {
    assert.ok((await loadScenarios([join(folder, `${nameOf(block)}.yaml`)])).length > 0);
  });
}

test("the mistakes that the page shows are said in these words", async () => {
  const shown = /^```text\n(.*?)^```$/ms.exec(page)![1]!.trimEnd();
  const wrong = blocks[0]!
    .replace(/^# .*\n/, "")
    .replace("arrivals:", "arivals:")
    .replace(/(arivals: .*\n)/, "$1  duration: 10\n");
  writeFileSync(join(folder, "my-first.yaml"), wrong);
  const error = await loadScenarios([join(folder, "my-first.yaml")]).then(
    () => null,
    (reason: Error) => reason,
  );
  writeFileSync(join(folder, "my-first.yaml"), blocks[0]!);
  assert.equal(error?.message.replaceAll(`${folder}/`, ""), shown);
});

test("the page leads to reference pages that are there", () => {
  const links = [...page.matchAll(/\]\((reference\/[^)]+)\)/g)].map((match) => match[1]!);
  assert.ok(links.length > 4);
  for (const link of links) assert.ok(readFileSync(new URL(`../docs/${link}`, import.meta.url)).length > 0);
});
