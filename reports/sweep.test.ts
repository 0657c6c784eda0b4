import assert from "node:assert/strict";
import { test } from "node:test";
import { charts } from "./charts/registry.ts";
import { reports } from "./formats/registry.ts";
import { summarise } from "./summary.ts";
import { sweepTable } from "./sweep-table.ts";
import { renderTerminal } from "./terminal.ts";
import { context } from "./testdata/fixture.ts";
import { LOADS, swept } from "./testdata/swept.ts";

test("the variants of a scenario are one sweep, rising, with a curve and a knee per contestant", () => {
  const { scenarios, sweeps } = summarise(swept());
  assert.deepEqual(scenarios, []);
  assert.equal(sweeps.length, 1);
  const { points, curves, leading, headline, findings, remarks } = sweeps[0]!;
  assert.deepEqual(
    points.map(({ value }) => value),
    [...LOADS].sort((a, b) => a - b),
  );
  assert.equal(leading, "p99");
  // (1 + x / (1 - x)) = 2 (1 + 1 / 9), and with a quarter of the queue.
  const [roundRobin, least] = curves;
  assert.ok(Math.abs(roundRobin!.knee!.x - 0.55) < 0.01, `${roundRobin?.knee?.x}`);
  assert.ok(Math.abs(least!.knee!.x - 0.81) < 0.02, `${least?.knee?.x}`);
  assert.equal(headline, "the knee of p99 is at load 0.81 for least-connections and 0.55 for round-robin.");
  assert.match(
    findings[0]!,
    /^Knee, where p99 has become twice what it is at load 0\.1: least-connections at 0\.81 \(95 %: 0\.\d+ to 0\.\d+\); round-robin at 0\.55 \(/,
  );
  assert.deepEqual(remarks[0], {
    kind: "no",
    text: "Objective: nginx/round-robin: p99 at most 20 ms: met at 5 of 10 values, not at 0.6 to 0.95",
  });
});

test("what is invalid or unstable is in the table with its mark, and in no curve", () => {
  const run = swept((trial, load) => {
    if (trial.algorithm !== "round-robin") return;
    if (load >= 0.8) trial.growth.unstable = true;
    if (load === 0.3) trial.verdict = { status: "invalid", reasons: ["too few"] };
  });
  const sweep = summarise(run).sweeps[0]!;
  const rows = new Map(sweepTable(sweep, "p99").rows.map(([value, ...cells]) => [value, cells]));
  assert.deepEqual(rows.get("0.8"), ["↗ 50 ms", "20 ms"]);
  assert.match(rows.get("0.3")?.[0] ?? "", /^✗ 14\.3 ms/);
  assert.match(sweep.findings.join("\n"), /Unstable, left out of the curves: round-robin at 0\.8 to 0\.95\./);
  const chart = charts.find(({ name }) => name === "latency-against-load")!;
  const figure = chart.sweepFigure!(sweep)!;
  const [line] = figure.config.data.datasets as unknown as {
    label: string;
    data: { x: number; y: number | null }[];
  }[];
  assert.equal(line?.label, "round-robin");
  assert.deepEqual(
    line?.data.flatMap(({ x, y }) => (y === null ? [x] : [])),
    [0.3, 0.8, 0.9, 0.95],
  );
});

test("the chart is JSON with labelled axes, a ring at each knee, bands where there are intervals, and the same as a table", () => {
  const sweep = summarise(swept()).sweeps[0]!;
  const figures = charts.flatMap((chart) => chart.sweepFigure?.(sweep) ?? []);
  assert.equal(figures.length, 1);
  const { config, table } = figures[0]!;
  assert.deepEqual(JSON.parse(JSON.stringify(config)), config);
  const datasets = config.data.datasets as unknown as {
    pointRadius: number;
    fill?: unknown;
    data: { x: number }[];
  }[];
  const rings = datasets.filter(({ pointRadius }) => pointRadius === 9).map(({ data }) => data[0]!.x);
  assert.deepEqual(
    rings,
    sweep.curves.map(({ knee }) => knee!.x),
  );
  assert.equal(datasets.filter(({ fill }) => fill === "+1").length, 2);
  const { scales } = config.options as unknown as { scales: Record<string, { title?: { text: string } }> };
  assert.ok(Object.values(scales).every(({ title }) => title?.text));
  assert.equal(table.rows.length, 2 * LOADS.length);
  assert.ok(table.rows.every((row) => row.length === table.columns.length));
});

test("every report shows it once, however many values, and no text of it becomes markup", async () => {
  const run = swept();
  const files = (await Promise.all(reports.map((report) => report.render(run, context)))).flat();
  const text = (path: string) => String(files.find((file) => file.path === path)?.content);
  assert.equal(text("report.html").match(/<section class="scenario"/g)?.length, 1);
  assert.ok(!text("report.html").includes("<b>Loads"));
  assert.equal(text("summary.md").match(/^## /gm)?.length, 2);
  assert.ok(!text("summary.md").includes("<b>"));
  assert.deepEqual(
    files.filter(({ path }) => path.endsWith(".png")).map(({ path }) => path),
    ["charts/slow-backend-latency-against-load.png"],
  );
  const terminal = renderTerminal(run, { color: false, width: 60 });
  assert.ok(terminal.split("\n").every((line) => line.length <= 60));
  assert.match(terminal, /^load +round-robin +least-connections$/m);
});
