import assert from "node:assert/strict";
import { test } from "node:test";
import { overRepeats } from "./contestants.ts";
import { METRICS, missing } from "./metrics.ts";
import { noiseOf } from "./noise.ts";
import type { RunRecord } from "./record.ts";
import { alike } from "./standing.ts";
import { type ScenarioSummary, showValue, summarise } from "./summary.ts";
import { fixture } from "./testdata/fixture.ts";

const scenarioOf = (run: RunRecord, name: string): ScenarioSummary =>
  summarise(run).scenarios.find((s) => s.name === name)!;
const contestantOf = (scenario: ScenarioSummary, name: string) =>
  scenario.contestants.find((c) => c.name === name)!;
const trialsOf = (run: RunRecord, scenario: string, name: string) =>
  run.trials.filter((t) => t.scenario === scenario && `${t.balancer}/${t.algorithm}` === name && !t.control);

test("over repeats a figure is the one in the middle, of an even number the worse, never an average", () => {
  const trials = trialsOf(fixture(), "slow-backend", "nginx/least-connections");
  const [a, b] = [trials[0]!, trials[1]!];
  const p99 = (...values: readonly number[]) =>
    values.map((value) => ({ ...a, latencyMs: { ...a.latencyMs, p99: value } }));
  assert.equal(overRepeats(METRICS.p99, p99(30, 10, 20)).value, 20);
  assert.equal(overRepeats(METRICS.p99, p99(10, 30)).value, 30);
  assert.equal(
    overRepeats(METRICS.achievedRate, [
      { ...a, achievedRate: 90 },
      { ...b, achievedRate: 100 },
    ]).value,
    90,
  );
});

test("a percentile that was not reached ranks worst among repeats", () => {
  const trial = trialsOf(fixture(), "crash-and-recover", "nginx/least-connections")[0]!;
  const failing = { ...trial, errorRate: 0.2, latencyMs: { ...trial.latencyMs, p99: null } };
  assert.deepEqual(overRepeats(METRICS.p99, [trial, failing]), {
    value: null,
    missing: "not reached",
    interval: null,
  });
  assert.equal(overRepeats(METRICS.p99, [trial, failing, trial]).value, trial.latencyMs.p99);
});

test("a missing percentile says whether failures reach into it or too few requests lie beyond it", () => {
  const trial = trialsOf(fixture(), "slow-backend", "nginx/least-connections")[0]!;
  const scenario = scenarioOf(fixture(), "crash-and-recover");
  assert.equal(showValue(contestantOf(scenario, "builtin/round-robin"), "p99"), "not reached");
  assert.equal(showValue(contestantOf(scenario, "builtin/round-robin"), "p999"), "not reached");
  assert.equal(showValue(contestantOf(scenario, "nginx/least-connections"), "p999"), "too few");
  assert.equal(
    missing(METRICS.p99, { ...trial, errorRate: 0, latencyMs: { ...trial.latencyMs, count: 999 } }),
    "too few",
  );
  assert.equal(
    missing(METRICS.p99, { ...trial, errorRate: 0, latencyMs: { ...trial.latencyMs, count: 1000 } }),
    "not measured",
  );
});

test("the noise floor is the largest relative difference between same and same", () => {
  const run = fixture();
  const control = run.trials.find((t) => t.control)!;
  const twin = run.trials.find(
    (t) =>
      !t.control && t.balancer === "nginx" && t.algorithm === "round-robin" && t.repeat === control.repeat,
  )!;
  const expected = control.latencyMs.p99! / twin.latencyMs.p99! - 1;
  assert.ok(Math.abs(noiseOf([control, twin])!.floor.p99! - expected) < 1e-12);
  const wider = { ...control, latencyMs: { ...control.latencyMs, p99: twin.latencyMs.p99! / 2 } };
  assert.ok(Math.abs(noiseOf([control, twin, wider])!.floor.p99! - 1) < 1e-12);
});

test("an invalid control says nothing about noise", () => {
  const run = fixture();
  const control = run.trials.find((t) => t.control)!;
  control.verdict = { status: "invalid", reasons: ["x"] };
  assert.equal(noiseOf(run.trials), null);
  assert.ok(
    scenarioOf(run, "slow-backend").remarks.some(({ text }) =>
      text.includes("No contestant was played twice"),
    ),
  );
});

test("alike means overlapping intervals or a difference inside the noise", () => {
  const value = (at: number, low: number, high: number) => ({
    value: at,
    missing: null,
    interval: [low, high] as const,
  });
  const noise = { contestants: [], pairs: 1, own: true, floor: { p99: 0.1 } };
  assert.equal(alike("p99", value(10, 9, 11), value(12, 10.5, 13), null), true);
  assert.equal(alike("p99", value(10, 9, 10.5), value(12, 11.5, 13), null), false);
  assert.equal(alike("p99", value(10, 9.9, 10.1), value(10.9, 10.8, 11), noise), true);
  assert.equal(alike("p99", value(10, 9.9, 10.1), value(11.2, 11.1, 11.3), noise), false);
  assert.equal(alike("p90", value(10, 9.9, 10.1), value(10.9, 10.8, 11), noise), false);
});

test("the best is marked once, and an open model's rate is not ranked", () => {
  const scenario = scenarioOf(fixture(), "slow-backend");
  const standing = (key: "p99" | "achievedRate") =>
    Object.fromEntries(scenario.contestants.map((c) => [c.name, scenario.standing(c, key)]));
  assert.deepEqual(standing("p99"), {
    "nginx/round-robin": null,
    "nginx/least-connections": "alike",
    "haproxy/least-connections": "alike",
    "builtin/least-connections": null,
    "builtin/peak-ewma": "best",
  });
  assert.ok(Object.values(standing("achievedRate")).every((s) => s === null));
});

test("an invalid contestant is shown and never wins, though its figure is the lowest", () => {
  const run = fixture();
  const winner = run.trials.find((t) => t.algorithm === "peak-ewma")!;
  winner.verdict = { status: "invalid", reasons: ["the counts do not add up"] };
  const scenario = scenarioOf(run, "slow-backend");
  assert.equal(scenario.standing(contestantOf(scenario, "builtin/peak-ewma"), "p99"), null);
  assert.equal(scenario.contestants.length, 5);
  assert.ok(scenario.findings.every((text) => !text.includes("peak-ewma")));
  assert.ok(
    scenario.remarks.some(
      ({ kind, text }) => kind === "invalid" && text.includes("the counts do not add up (builtin/peak-ewma)"),
    ),
  );
});

test("of several repeats an invalid one is left out", () => {
  const run = fixture();
  const [first, second] = trialsOf(run, "slow-backend", "nginx/least-connections");
  first!.verdict = { status: "invalid", reasons: ["late"] };
  const contestant = contestantOf(scenarioOf(run, "slow-backend"), "nginx/least-connections");
  assert.equal(contestant.status, "valid");
  assert.equal(contestant.values.p99.value, second!.latencyMs.p99);
  assert.deepEqual(contestant.reasons, ["repeat 1: late"]);
});

test("an unstable contestant is reported by its growth and never wins", () => {
  const run = fixture();
  for (const trial of run.trials)
    if (trial.algorithm === "peak-ewma") trial.growth = { unstable: true, latencyMsPerSecond: 12 };
  const scenario = scenarioOf(run, "slow-backend");
  assert.equal(scenario.standing(contestantOf(scenario, "builtin/peak-ewma"), "p99"), null);
  assert.ok(
    scenario.findings.some((text) => /^Unstable: builtin\/peak-ewma: .* 12 ms per second/.test(text)),
  );
});

test("the first finding compares algorithms on the same balancer where there is one", () => {
  const run = fixture();
  run.trials = run.trials.filter((t) => t.algorithm !== "peak-ewma");
  const [first] = scenarioOf(run, "slow-backend").findings;
  assert.match(
    first!,
    /^least-connections answers 99 % of requests within 37\.6 to 40\.6 ms .*; round-robin needs 115 ms \(nginx\): 3\.1 times as long on the same balancer\.$/,
  );
});

test("failures that keep a contestant from the percentile come first", () => {
  assert.match(
    scenarioOf(fixture(), "crash-and-recover").findings[0]!,
    /^builtin\/round-robin fails 4\.91 % of requests, so its p99 is not reached/,
  );
});

test("a scenario with a single contestant that counts compares nothing", () => {
  assert.match(scenarioOf(fixture(), "saturation").findings[0]!, /^Nothing can be compared/);
});

test("an unsupported pair belongs to the scenarios that asked for it", () => {
  const { scenarios } = summarise(fixture());
  assert.deepEqual(
    scenarios.map((s) => s.unsupported.length),
    [2, 0, 0],
  );
});

test("a run without trials or with an unreadable definition is still summarised", () => {
  const run = fixture();
  run.trials = [];
  run.scenarios[0]!.definition = "nonsense";
  for (const scenario of summarise(run).scenarios) assert.equal(scenario.contestants.length, 0);
});
