import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRecord } from "../record.ts";
import { fixture } from "../testdata/fixture.ts";
import { compareRuns } from "./comparison.ts";
import { agreementText } from "./differences.ts";
import { comparisonFigure } from "./figure.ts";
import { comparisonMarkdown, comparisonText } from "./text.ts";

/** The fixture as another run would have measured it: every latency of one algorithm times a factor. */
function slower(factor: number, algorithm = "least-connections"): RunRecord {
  const run = fixture();
  run.run.id = "other";
  for (const trial of run.trials) {
    if (trial.algorithm !== algorithm) continue;
    const { latencyMs, intervals } = trial;
    for (const key of ["mean", "p50", "p90", "p99"] as const) {
      if (latencyMs[key] !== null) latencyMs[key] *= factor;
      const interval = intervals[key];
      if (interval !== null) intervals[key] = [interval[0] * factor, interval[1] * factor];
    }
  }
  return run;
}

test("a run compared with itself differs by nothing and ranks alike", () => {
  const comparison = compareRuns(fixture(), fixture());
  assert.deepEqual(comparison.alone, []);
  for (const scenario of comparison.scenarios) {
    for (const { difference, agrees } of [...scenario.differences.values()].flat()) {
      assert.ok(difference === null || difference === 0);
      assert.notEqual(agrees, false);
    }
    for (const { tau } of scenario.ranks) assert.equal(tau, 1);
  }
});

test("a difference outside of both intervals is marked, one inside is not", () => {
  const apart = compareRuns(fixture(), slower(3)).scenarios[0]!;
  const of = (scenario: typeof apart, name: string) =>
    scenario.differences.get(name)!.find(({ metric }) => metric === "mean")!;
  const mean = of(apart, "nginx/least-connections");
  assert.equal(mean.agrees, false);
  assert.ok(Math.abs(mean.difference! - 2 * mean.first!) < 1e-9);
  assert.equal(of(apart, "nginx/round-robin").agrees, true);
  assert.equal(
    of(compareRuns(fixture(), slower(1.01)).scenarios[0]!, "nginx/least-connections").agrees,
    true,
  );
  assert.match(agreementText([...apart.differences.values()].flat()) ?? "", /^\d+ of \d+ figures agree/);
});

test("the interval of a difference holds both runs' own by squares", () => {
  const { differences } = compareRuns(fixture(), fixture()).scenarios[0]!;
  const { interval, first } = differences
    .get("nginx/least-connections")!
    .find(({ metric }) => metric === "mean")!;
  const contestant = compareRuns(fixture(), fixture()).scenarios[0]!.pairs.find(
    ({ name }) => name === "nginx/least-connections",
  )!.first;
  const [low, high] = contestant.values.mean.interval!;
  assert.ok(Math.abs(interval![1] - Math.hypot(high - first!, first! - low)) < 1e-9);
  assert.ok(Math.abs(interval![0] + interval![1]) < 1e-9, "the same run twice");
});

test("a simulation is matched by algorithm, whatever balancer played it live", () => {
  const simulated = fixture();
  simulated.trials = simulated.trials
    .filter(({ balancer }) => balancer === "builtin")
    .map((trial) => ({ ...trial, engine: "simulation" }));
  const { pairs } = compareRuns(fixture(), simulated).scenarios[0]!;
  assert.ok(
    pairs.some(
      ({ first, second }) => first.name === "nginx/least-connections" && second.balancer === "builtin",
    ),
  );
  assert.ok(pairs.every(({ first, second }) => first.algorithm === second.algorithm));
});

test("what was not alike in two runs is said, and what one of them alone has", () => {
  const other = fixture();
  other.scenarios = other.scenarios.slice(0, 2);
  other.scenarios[0]!.capacity! *= 2;
  for (const trial of other.trials) trial.seed += 1;
  const comparison = compareRuns(fixture(), other);
  assert.deepEqual(comparison.alone, [fixture().scenarios[2]!.name]);
  assert.match(comparison.scenarios[0]!.unlike.join(), /seeds are .* chance.*capacity/s);
});

test("hostile names do not reach the terminal or the Markdown as what they are", () => {
  const run = fixture();
  run.scenarios[0]!.title = "<b>\u001b[31m | x";
  const comparison = compareRuns(run, run);
  assert.ok(!comparisonText(comparison, 100).includes("\u001b"));
  assert.ok(!comparisonMarkdown(comparison, new Map()).includes("<b>"));
});

test("every contestant has its two bars, and the table the same figures", () => {
  const comparison = compareRuns(fixture(), slower(2));
  const [scenario] = comparison.scenarios;
  const figure = comparisonFigure(scenario!, comparison)!;
  assert.equal(figure.config.data.labels?.length, 2 * scenario!.pairs.length);
  assert.equal(figure.table.rows.length, 2 * scenario!.pairs.length);
  assert.doesNotThrow(() => JSON.stringify(figure.config));
});
