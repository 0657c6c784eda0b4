import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What each part may import of ours; the first matching row counts. `node` false: no `node:*` I/O. */
const PARTS: readonly {
  readonly part: RegExp;
  readonly mayImport: readonly RegExp[];
  readonly node: boolean;
  readonly why: string;
}[] = [
  { part: /^harness\/kernel\//, mayImport: [/^harness\/kernel\//], node: false, why: "the floor" },
  {
    part: /^balancers\/(algorithms|loads|overlays)\/|^balancers\/(algorithm|asking|health-judge|find-algorithm|overlay|overlay-rules|composed-name|choices-name|eligibility|pipeline|tiered|load|cheapest-of|cheapest-by-count|cost-buckets|hash|hash-ring|maglev-table|in-flight-buckets|buckets|highest-line|indexed-heap|alias-table|dispatcher|ejection|load-reports|session-cookie|hash-key|retry-budget|parity|capabilities)\.ts$/,
    mayImport: [
      /^harness\/kernel\//,
      /^balancers\/(algorithms|loads|overlays)\//,
      /^balancers\/[a-z-]+\.ts$/,
    ],
    node: false,
    why: "a decision is a pure function: the proxy and the simulator run the same code",
  },
  {
    part: /^balancers\//,
    mayImport: [/^harness\/kernel\//, /^balancers\//, /^backends\/protocol\.ts$/],
    node: true,
    why: "starts processes",
  },
  {
    part: /^backends\/(service|agenda|due-heap|timetable|recent-latency)\.ts$|^backends\/(faults|station)\/|^backends\/django\/profile\.ts$/,
    mayImport: [/^harness\/kernel\//, /^backends\//],
    node: false,
    why: "the model of a backend runs in virtual time too",
  },
  {
    part: /^backends\//,
    mayImport: [/^harness\/kernel\//, /^backends\//],
    node: true,
    why: "a process of its own",
  },
  {
    part: /^scenarios\/(load|named-files|real-files|own-algorithms|expand|read-text|library|library-folder)\.ts$/,
    mayImport: [
      /^harness\/kernel\//,
      /^scenarios\//,
      /^backends\/faults\//,
      /^backends\/django\/profile\.ts$/,
      /^balancers\/[a-z/-]+\.ts$/,
      /^reports\/record\.ts$/,
    ],
    node: true,
    why: "reads files",
  },
  {
    part: /^scenarios\//,
    mayImport: [
      /^harness\/kernel\//,
      /^scenarios\//,
      /^backends\/faults\//,
      /^backends\/django\/profile\.ts$/,
      /^balancers\/(algorithms\/registry|algorithm|hash-key|hash-ring|overlays\/registry|overlay-rules|composed-name|choices-name|find-algorithm)\.ts$/,
      /^reports\/record\.ts$/,
    ],
    node: false,
    why: "a scenario is data",
  },
  {
    part: /^reports\//,
    mayImport: [/^harness\/kernel\//, /^reports\//, /^scenarios\//],
    node: false,
    why: "a report is a function of the record",
  },
  { part: /^harness\//, mayImport: [/./], node: true, why: "knows all the others" },
];

/** Modules of Node that compute and touch nothing outside. */
const HARMLESS = new Set(["node:buffer", "node:crypto", "node:module", "node:url", "node:util"]);
const IMPURE =
  /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bMath\.random\(|\bset(?:Timeout|Interval|Immediate)\(/;

function sources(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter(
      (name) =>
        name.endsWith(".ts") && !name.endsWith(".test.ts") && !/testdata|\/test-[^/]*$|\.tmp\.ts$/.test(name),
    );
}

function importsOf(file: string, text: string): readonly string[] {
  const specifiers = [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)|(?:^|\n)import\s+"([^"]+)"/g,
    ),
  ];
  return specifiers.map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? "";
    if (name.startsWith("#kernel/")) return `harness/kernel/${name.slice("#kernel/".length)}`;
    return name.startsWith(".") ? relative(root, join(root, file, "..", name)) : name;
  });
}

const files = ["balancers", "backends", "scenarios", "reports", "harness"].flatMap(sources);

describe("architecture", () => {
  it("knows every source file", () => {
    assert.ok(files.length > 100);
    assert.deepEqual(
      files.filter((file) => !PARTS.some(({ part }) => part.test(file))),
      [],
    );
  });

  for (const file of files) {
    const rule = PARTS.find(({ part }) => part.test(file));
    if (rule === undefined) continue;
    it(`${file} imports only what its part may (${rule.why})`, () => {
      const text = readFileSync(join(root, file), "utf8");
      for (const name of importsOf(file, text)) {
        if (/^(harness|balancers|backends|scenarios|reports)\//.test(name)) {
          assert.ok(
            rule.mayImport.some((allowed) => allowed.test(name)),
            `${file} must not import ${name}`,
          );
        } else if (name.startsWith("node:") && !rule.node) {
          assert.ok(HARMLESS.has(name), `${file} must not import ${name}: it is pure`);
        }
      }
      if (!rule.node)
        assert.doesNotMatch(text, IMPURE, `${file} is pure: time and randomness come in as arguments`);
    });
  }
});
