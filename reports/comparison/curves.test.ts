import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { RunRecord } from "../record.ts";
import { fixture } from "../testdata/fixture.ts";
import { LOADS, swept } from "../testdata/swept.ts";
import { asData, compareRuns } from "./comparison.ts";
import { curveFigure } from "./curve-figure.ts";
import type { CurveComparison } from "./curves.ts";
import { comparisonMarkdown, comparisonText } from "./text.ts";

/** M/M/1's curve, as the builtin proxy of a simulation: p99 of round-robin is 10/(1 - load), its mean a quarter of that. */
const simulated = (change?: Parameters<typeof swept>[0]): RunRecord => {
  const run = swept(change);
  run.run.id = "model";
  run.trials = run.trials.map((trial) => ({ ...trial, engine: "simulation", balancer: "builtin" }));
  return run;
};

/** One live trial of each contestant at a load that the scenario says, or at a rate. */
function live(arrivals: Readonly<Record<string, unknown>> = { type: "poisson", load: 0.5 }): RunRecord {
  const run = fixture();
  const scenario = run.scenarios[0]!;
  const { load, rate } = arrivals as { load?: number; rate?: number };
  const definition = scenario.definition as { traffic: object };
  scenario.definition = { ...definition, traffic: { ...definition.traffic, arrivals } };
  scenario.offeredRate = rate ?? (load ?? 0) * scenario.capacity!;
  return { ...run, scenarios: [scenario] };
}

const only = (first: RunRecord, second: RunRecord): CurveComparison => {
  const { curves } = compareRuns(first, second);
  assert.equal(curves.length, 1);
  return curves[0]!;
};

const figureOf = ({ points }: CurveComparison, name: string, metric: string) =>
  points
    .find(({ contestant }) => contestant.name === name)!
    .differences.find((difference) => difference.metric === metric)!;

const near = (a: number | null, b: number): void =>
  assert.ok(a !== null && Math.abs(a - b) < 1e-6 * b, `${a} is not ${b}`);

test("a live trial lies on the swept curve of its algorithm at its scenario's load, whichever run comes first", () => {
  const after = only(live(), simulated());
  assert.equal(after.lines, "second");
  assert.deepEqual([...new Set(after.points.map(({ x, text }) => `${x} ${text}`))], ["0.5 0.5"]);
  // The fixture plays round-robin at nginx alone, least-connections at three balancers; peak-ewma was not swept.
  assert.deepEqual(
    after.points.map(({ contestant, curve }) => `${contestant.name} on ${curve.name}`),
    [
      "nginx/round-robin on builtin/round-robin",
      "nginx/least-connections on builtin/least-connections",
      "haproxy/least-connections on builtin/least-connections",
      "builtin/least-connections on builtin/least-connections",
    ],
  );
  assert.deepEqual(after.alone, ["builtin/peak-ewma"]);
  assert.deepEqual(after.between, []);
  const p99 = figureOf(after, "nginx/round-robin", "p99");
  near(p99.second, 20);
  near(figureOf(after, "nginx/round-robin", "mean").second, 5);
  const before = only(simulated(), live());
  assert.equal(before.lines, "first");
  const turned = figureOf(before, "nginx/round-robin", "p99");
  assert.deepEqual([turned.first, turned.second], [p99.second, p99.first]);
  near(turned.difference, -p99.difference!);
});

test("between two swept loads the curve is a straight line of the logarithm, and that is said", () => {
  const comparison = only(live({ type: "poisson", load: 0.55 }), simulated());
  near(figureOf(comparison, "nginx/round-robin", "p99").second, Math.sqrt(20 * 25));
  assert.match(comparison.between.join(), /load 0\.55 was not swept: .* between those at 0\.5 and 0\.6$/);
  assert.match(
    comparisonText(compareRuns(live({ type: "poisson", load: 0.55 }), simulated()), 100),
    /0\.55 was not/,
  );
});

test("a rate is a load where it does not change; a ramp has no place on a curve", () => {
  const comparison = only(live({ type: "poisson", rate: 560 }), simulated());
  assert.equal(comparison.points[0]?.x, 0.8);
  const ramp = live({ type: "ramp" });
  ramp.scenarios[0]!.offeredRange = [100, 600];
  const { curves, alone } = compareRuns(ramp, simulated());
  assert.deepEqual(curves, []);
  assert.deepEqual(alone, ["slow-backend"]);
});

test("beyond the ends of a curve and beside what is unstable it says nothing", () => {
  const beyond = only(live({ type: "poisson", load: 1.2 }), simulated());
  const gap = only(
    live({ type: "poisson", load: 0.55 }),
    simulated((trial, load) => {
      if (load === 0.6 && trial.algorithm === "round-robin") trial.growth.unstable = true;
    }),
  );
  for (const comparison of [beyond, gap]) {
    const { first, second, difference, agrees } = figureOf(comparison, "nginx/round-robin", "p99");
    assert.ok(first !== null);
    assert.deepEqual([second, difference, agrees], [null, null, null]);
  }
  near(figureOf(gap, "nginx/least-connections", "p99").second, Math.sqrt(12.5 * 13.75));
});

test("of two sweeps the simulated one draws the lines, and the other one's points rank value by value", () => {
  const measured = swept((trial, load) => {
    if (load === 0.9) trial.growth.unstable = true;
    if (load === 0.3) trial.verdict = { status: "invalid", reasons: ["too few"] };
  });
  for (const [first, second, lines] of [
    [measured, simulated(), "second"],
    [simulated(), measured, "first"],
  ] as const) {
    const comparison = only(first, second);
    assert.equal(comparison.lines, lines);
    assert.equal(comparison.points.length, 2 * LOADS.length);
    const { config, table } = curveFigure(comparison, { first: "A", second: "B" })!;
    assert.equal(table.rows.length, 2 * LOADS.length);
    assert.ok(table.rows.some(([name, load]) => name === "✗ nginx/round-robin" && load === "0.3"));
    const drawn = (
      config.data.datasets as unknown as { label: string; showLine?: boolean; data: { x: number }[] }[]
    )
      .filter(({ showLine }) => showLine === false)
      .map(({ data }) => data.length);
    // Two contestants in two panels, without the two values that do not count.
    assert.deepEqual(drawn, new Array(4).fill(LOADS.length - 2));
  }
});

test("every point of the figure has its bar of 95 %, the figure is JSON, and the legend tells lines from points", () => {
  const comparison = only(live(), simulated());
  const figure = curveFigure(comparison, { first: "live x", second: "simulation y" })!;
  assert.match(figure.caption, /Lines: simulation y; points: live x/);
  assert.deepEqual(JSON.parse(JSON.stringify(figure.config)), figure.config);
  const sets = figure.config.data.datasets as unknown as {
    label: string;
    yAxisID: string;
    pointStyle?: string;
    data: { x: number; y: number | null }[];
  }[];
  const of = (label: string, mark: (style: string | undefined) => boolean) =>
    sets
      .filter((set) => set.label === label && set.yAxisID === "y1" && mark(set.pointStyle))
      .flatMap(({ data }) => data);
  const [point] = of("nginx/round-robin, live", (style) => style === "circle");
  const bar = of("nginx/round-robin, live", (style) => style === "line");
  const { contestant } = comparison.points[0]!;
  assert.equal(point?.y, contestant.values.mean.value);
  assert.deepEqual(
    bar.map(({ y }) => y),
    [...contestant.values.mean.interval!, null],
  );
  assert.ok(bar.every(({ x }) => x === point?.x) && Math.abs(point!.x - 0.5) < 0.05);
  assert.ok(sets.some(({ label }) => label === "round-robin"));
});

test("what was not alike is said: seeds and capacity", () => {
  const other = live();
  other.scenarios[0]!.capacity = 1_000;
  for (const trial of other.trials) trial.seed += 7;
  assert.match(
    only(other, simulated()).unlike.join("; "),
    /seeds are 49, 50 and 42: .*; the capacity is 1000 and 700 per second/,
  );
});

test("the data has every point with its curve, its value and its verdict", () => {
  const { curves } = asData(compareRuns(live(), simulated())) as {
    curves: { points: object[]; lines: string }[];
  };
  const { figures: _, ...point } = curves[0]!.points[0] as { figures: unknown };
  assert.deepEqual(point, {
    contestant: "nginx/round-robin",
    curve: "builtin/round-robin",
    value: 0.5,
    text: "0.5",
    verdict: "valid",
    unstable: null,
  });
});

test("the comparison with a curve in Markdown is as agreed", () => {
  const text = comparisonMarkdown(
    compareRuns(live(), simulated()),
    new Map([["slow-backend-curve", "slow-backend-curve.png"]]),
  );
  const file = new URL("../testdata/golden/comparison.md", import.meta.url);
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
});
