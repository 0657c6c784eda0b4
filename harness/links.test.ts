import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

/** Targets of links and pictures, without those of the web and of anchors. */
const targetsOf = (page: string): readonly string[] =>
  [...readFileSync(join(root, page), "utf8").matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z]+:/.test(target));

test("every link of the README and the docs leads to a file that is there", () => {
  const links = pages.flatMap((page) => targetsOf(page).map((target) => ({ page, target })));
  assert.ok(links.length > 20, `${links.length} links`);
  const dead = links.filter(({ page, target }) => !existsSync(join(root, dirname(page), target)));
  assert.deepEqual(dead, []);
});

test("every page of the docs is linked from another", () => {
  const linked = new Set(
    pages.flatMap((page) => targetsOf(page).map((target) => join(dirname(page), target))),
  );
  assert.deepEqual(
    pages.filter((page) => page.startsWith("docs") && !linked.has(page)),
    [],
  );
});
