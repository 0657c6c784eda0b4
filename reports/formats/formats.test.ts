import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { renderAll } from "../render.ts";
import { renderTerminal } from "../terminal.ts";
import { context, fixture, hostile } from "../testdata/fixture.ts";
import { report as csv } from "./csv.ts";
import { report as markdown } from "./markdown.ts";
import { reports } from "./registry.ts";

/** `UPDATE_GOLDEN=1` writes what is compared. */
function assertGolden(name: string, text: string): void {
  const file = new URL(`../testdata/golden/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

const filesOf = async (report: typeof csv, run = fixture()): Promise<Map<string, string>> =>
  new Map((await report.render(run, context)).map((file) => [file.path, String(file.content)]));

/** Cells of one line of CSV. */
const cells = (line: string): string[] =>
  [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((m) =>
    m[1]!.replace(/^"|"$/g, "").replaceAll('""', '"'),
  );

test("the terminal comparison is as agreed", () =>
  assertGolden("terminal.txt", renderTerminal(fixture(), { color: false, width: 100 })));
test("the Markdown comparison is as agreed", async () =>
  assertGolden("summary.md", (await filesOf(markdown)).get("summary.md")!));
test("trials.csv is as agreed", async () =>
  assertGolden("trials.csv", (await filesOf(csv)).get("trials.csv")!));
test("series.csv is as agreed", async () =>
  assertGolden("series.csv", (await filesOf(csv)).get("series.csv")!));
test("faults.csv and phases.csv are as agreed", async () => {
  const files = await filesOf(csv);
  for (const name of ["faults.csv", "phases.csv"]) await assertGolden(name, files.get(name)!);
});

test("the terminal comparison fits its width and has colour only when asked", () => {
  for (const width of [60, 80, 100]) {
    const text = renderTerminal(fixture(), { color: false, width });
    assert.ok(!text.includes("\u001b"));
    for (const line of text.split("\n"))
      assert.ok(line.length <= width, `${line.length} > ${width}: ${line}`);
  }
  assert.ok(renderTerminal(fixture(), { color: true, width: 100 }).includes("\u001b["));
});

test("control characters of a title do not reach the terminal", () => {
  const run = fixture();
  run.scenarios[0]!.title = "\u001b[2Jgone\u0007";
  const text = renderTerminal(run, { color: false, width: 100 });
  assert.ok(!text.includes("\u001b") && !text.includes("\u0007"));
});

test("hostile text in CSV is never a formula", async () => {
  for (const text of (await filesOf(csv, hostile())).values()) {
    const [head, ...lines] = text.trimEnd().split("\n");
    assert.ok(head!.length > 0 && lines.length > 0);
    for (const line of lines)
      for (const cell of cells(line)) assert.ok(!/^[=+@]/.test(cell) && !/^-(?![\d.])/.test(cell), cell);
  }
});

test("a negative figure stays a figure in CSV", async () => {
  const run = fixture();
  run.trials[0]!.growth.latencyMsPerSecond = -0.25;
  assert.ok((await filesOf(csv, run)).get("trials.csv")!.includes(",-0.25,"));
});

test("hostile text in Markdown is shown as it is: no tag, image, mention or fence of its own", async () => {
  const text = (await filesOf(markdown, hostile())).get("summary.md")!;
  const outside = text.replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, "");
  assert.ok(!/<(script|img|b)\b/i.test(outside));
  assert.ok(!/(?<!\\)!\[|@everyone|https:\/\//.test(outside));
  assert.ok(!/^# heading/m.test(text));
  const mermaid = [...text.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map((m) => m[1]!);
  assert.equal(mermaid.length, 3);
  for (const graph of mermaid)
    assert.ok(!/<(?!br\/>)/.test(graph) && graph.startsWith("flowchart LR\n"), graph);
});

test("every report is made, with one picture per scenario and chart", async () => {
  const files = await renderAll(fixture(), context);
  const paths = files.map((file) => file.path);
  for (const path of ["trials.csv", "series.csv", "summary.md", "report.html"])
    assert.ok(paths.includes(path), path);
  for (const chart of [
    "latency-percentiles",
    "throughput",
    "latency-over-time",
    "share-over-time",
    "errors-and-recovery",
    "phases",
    "recovery",
  ]) {
    assert.ok(paths.includes(`charts/crash-and-recover-${chart}.png`), chart);
  }
  for (const { path, content } of files) {
    if (path.endsWith(".png"))
      assert.deepEqual([...(content as Uint8Array).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47], path);
    assert.ok(content.length > 100, path);
  }
  assert.equal(new Set(paths).size, paths.length);
});

test("a run without trials and a hostile run are reported too", async () => {
  const empty = { ...fixture(), trials: [], run: { ...fixture().run, partial: true } };
  assert.ok((await renderAll(empty, context)).length >= 4);
  assert.ok(renderTerminal(empty, { color: false, width: 100 }).includes("interrupted"));
  assert.ok((await renderAll(hostile(), context)).length > 4);
});

test("a report that fails does not cost the others", async () => {
  const failures: string[] = [];
  const broken = {
    ...context,
    chartJs: (): string => {
      throw new Error("no chart.js");
    },
  };
  const files = await renderAll(fixture(), broken, (report, error) =>
    failures.push(`${report.name}: ${(error as Error).message}`),
  );
  assert.deepEqual(failures, ["html: no chart.js"]);
  assert.ok(files.length > reports.length);
  await assert.rejects(renderAll(fixture(), broken), /no chart\.js/);
});
