import assert from "node:assert/strict";
import { test } from "node:test";
import type { Marks } from "../chart.ts";
import { algorithmColour, balancerStyle } from "../palette.ts";
import type { RunRecord } from "../record.ts";
import { summarise } from "../summary.ts";
import { fixture } from "../testdata/fixture.ts";
import { charts } from "./registry.ts";

interface Dataset {
  readonly label: string;
  readonly data: readonly ({ x: number; y: number | null } | number | null)[];
  readonly borderColor: string;
  readonly borderDash: readonly number[];
  readonly pointStyle: string;
  readonly yAxisID: string;
}

function figureOf(chartName: string, scenarioName: string, run: RunRecord = fixture()) {
  const scenario = summarise(run).scenarios.find((s) => s.name === scenarioName)!;
  const figure = charts.find((chart) => chart.name === chartName)!.figure(scenario);
  if (!figure) return null;
  const config = figure.config as unknown as {
    data: { labels?: string[]; datasets: Dataset[] };
    options: {
      scales: Record<string, { type: string; title?: { text: string } }>;
      plugins: { evenkeel: Marks };
    };
  };
  return { ...figure, ...config.data, scales: config.options.scales, marks: config.options.plugins.evenkeel };
}

test("every figure is JSON, has a table with rows and labelled axes", () => {
  for (const scenario of summarise(fixture()).scenarios) {
    for (const chart of charts) {
      const figure = chart.figure(scenario);
      if (!figure) continue;
      JSON.stringify(figure.config, (_, value: unknown) =>
        typeof value === "function" ? assert.fail("a function") : value,
      );
      assert.ok(
        figure.table.rows.length > 0 &&
          figure.table.rows.every((row) => row.length === figure.table.columns.length),
        chart.name,
      );
      const scales = (
        figure.config.options as unknown as {
          scales: Record<string, { type: string; title?: { text: string } }>;
        }
      ).scales;
      for (const scale of Object.values(scales))
        assert.ok(
          scale.title?.text ||
            (scale.type === "category" && ["throughput", "phases", "recovery"].includes(chart.name)),
          chart.name,
        );
    }
  }
});

test("percentiles are on a logarithmic axis, with gaps where they are not reached", () => {
  const figure = figureOf("latency-percentiles", "crash-and-recover")!;
  assert.equal(figure.scales.y!.type, "logarithmic");
  assert.deepEqual(figure.labels, ["p50", "p90", "p95", "p99"]);
  assert.equal(figure.datasets.find((d) => d.label === "builtin/round-robin")!.data[3], null);
});

test("colour is the algorithm, dash and marker are the balancer", () => {
  for (const chart of ["latency-percentiles", "latency-over-time"]) {
    for (const dataset of figureOf(chart, "slow-backend")!.datasets) {
      const [balancer, algorithm] = dataset.label.split("/") as [string, string];
      assert.equal(dataset.borderColor, algorithmColour(algorithm));
      assert.deepEqual(dataset.borderDash, balancerStyle(balancer).dash);
      assert.equal(dataset.pointStyle, balancerStyle(balancer).marker);
    }
  }
  assert.equal(algorithmColour("of-my-own"), algorithmColour("of-my-own"));
  assert.equal(algorithmColour("constructor").startsWith("#"), true);
});

test("many contestants are drawn as one panel per balancer, with equal axes", () => {
  const run = fixture();
  const more = run.trials
    .filter((t) => t.scenario === "slow-backend")
    .map((t) => ({ ...t, algorithm: `${t.algorithm}-2` }));
  run.trials.push(...more);
  const figure = figureOf("latency-over-time", "slow-backend", run)!;
  assert.deepEqual(
    figure.marks.panels!.map((panel) => panel.label),
    ["nginx", "haproxy", "builtin"],
  );
  const axes = ["y0", "y1", "y2"].map((id) => figure.scales[id] as unknown as { min: number; max: number });
  assert.ok(axes.every((axis) => axis.min === axes[0]!.min && axis.max === axes[0]!.max));
});

test("fault windows are shaded where the faults were, and recovery is marked", () => {
  for (const chart of ["latency-over-time", "share-over-time", "errors-and-recovery"]) {
    assert.deepEqual(
      figureOf(chart, "crash-and-recover")!.marks.windows,
      [{ from: 4, to: 7, label: "crash, backend 2" }],
      chart,
    );
  }
  const panel = figureOf("errors-and-recovery", "crash-and-recover")!.marks.panels!.find((p) =>
    p.label.startsWith("haproxy"),
  )!;
  assert.deepEqual(panel.instants, [
    { at: 4.85, label: "detected +850 ms" },
    { at: 7.32, label: "returned +320 ms" },
    { at: 8.02, label: "recovered +4.02 s" },
  ]);
  assert.equal(figureOf("errors-and-recovery", "slow-backend"), null);
});

test("shares of a second sum to one in every panel", () => {
  const { datasets } = figureOf("share-over-time", "crash-and-recover")!;
  for (const axis of new Set(datasets.map((d) => d.yAxisID))) {
    const bands = datasets.filter((d) => d.yAxisID === axis);
    for (let i = 0; i < 12; i++) {
      const sum = bands.reduce((total, band) => total + ((band.data[i] as { y: number }).y ?? 0), 0);
      assert.ok(Math.abs(sum - 1) < 1e-9);
    }
  }
});

test("invalid contestants are in the table and not in the drawing", () => {
  const figure = figureOf("throughput", "saturation")!;
  assert.deepEqual(figure.labels, ["nginx/round-robin"]);
  assert.ok(figure.table.rows.some((row) => row[0] === "builtin/round-robin (invalid, not drawn)"));
  assert.equal(figure.marks.reference, undefined);
  assert.equal(figureOf("throughput", "slow-backend")!.marks.reference!.value, 350);
});
