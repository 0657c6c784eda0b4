import assert from "node:assert/strict";
import { test } from "node:test";
import { PARITY } from "../balancers/parity.ts";
import { LEFT_ALONE } from "./fault-sentences.ts";
import { showMs } from "./figures.ts";
import { groupReasons } from "./reasons.ts";
import type { RunRecord } from "./record.ts";
import { summarise } from "./summary.ts";
import { renderTerminal } from "./terminal.ts";
import { fixture } from "./testdata/fixture.ts";
import { claimLines, objectiveLines, runText } from "./verdicts.ts";

type Objective = RunRecord["objectives"][number];
const objective = (contestant: string, met: boolean | null, observed: number | null): Objective => ({
  scenario: "s",
  contestant,
  metric: "errorRate",
  atMost: 0.01,
  met,
  observed,
});

test("an objective is one line over all contestants, with the worst figure", () => {
  assert.deepEqual(objectiveLines([objective("a/x", true, 0), objective("b/x", true, 0.004)]), [
    { outcome: "yes", text: "Objective: error rate at most 1 %: met by all 2 contestants (worst 0.4 %)" },
  ]);
});

test("each violation and each contestant that could not be judged is named", () => {
  const [line] = objectiveLines([
    objective("a/x", true, 0),
    objective("b/x", false, 0.02),
    objective("c/x", false, null),
    objective("d/x", null, null),
  ]);
  assert.deepEqual(line, {
    outcome: "no",
    text: "Objective: error rate at most 1 %: not met by b/x (2 %) and c/x (not reached); met by a/x (0 %); not judged for d/x",
  });
});

test("the worst figure of a lower bound is the smallest", () => {
  const least = (name: string, observed: number): Objective => {
    const { atMost: _, ...rest } = objective(name, true, observed);
    return { ...rest, metric: "achievedRate", atLeast: 90 };
  };
  assert.match(objectiveLines([least("a/x", 100), least("b/x", 95)])[0]!.text, /\(worst 95\/s\)$/);
});

test("a claim is one line over all balancers, and one that fails decides", () => {
  const claim = (balancer: string, held: boolean | null, observed: number | null) => ({
    scenario: "s",
    balancer,
    metric: "backends.0.share",
    of: "b",
    below: "a",
    ratio: 0.8,
    held,
    observed,
  });
  const text = "Claim: share of backend 1 of b at most 0.8 times that of a:";
  assert.deepEqual(claimLines([claim("nginx", true, 0.2), claim("haproxy", true, 0.19)]), [
    { outcome: "yes", text: `${text} held (nginx 0.20, haproxy 0.19)` },
  ]);
  assert.deepEqual(
    claimLines([claim("nginx", true, 0.2), claim("haproxy", false, 0.9), claim("builtin", null, null)]),
    [
      {
        outcome: "no",
        text: `${text} held (nginx 0.20); not held (haproxy 0.90); could not be judged (builtin)`,
      },
    ],
  );
  assert.equal(claimLines([claim("nginx", true, 0.2), claim("builtin", null, null)])[0]!.outcome, "unknown");
});

test("what was not judged is never said to be met", () => {
  const run = fixture();
  for (const entry of run.objectives) entry.met = null;
  for (const trial of run.trials) trial.verdict = { status: "invalid", reasons: ["x"] };
  const text = runText(run, summarise(run));
  assert.match(text, /; 0 of 2 objectives met, 2 unjudged;/);
  assert.ok(!/all|every/.test(text));
  for (const entry of run.objectives) entry.met = true;
  assert.match(runText(run, summarise(run)), /; all 2 objectives met;/);
});

test("reasons that differ in figures only are one, with their range", () => {
  const [a, b, c] = fixture().trials;
  const late = (lag: string, limit: string) => `backends answered late: lag p99 ${lag} ms, limit ${limit} ms`;
  const trials = [
    { ...a!, verdict: { status: "suspect" as const, reasons: [late("13.10", "1.07")] } },
    { ...b!, verdict: { status: "suspect" as const, reasons: [late("1.08", "1.07"), "backend 3 ended"] } },
    { ...c!, verdict: { status: "suspect" as const, reasons: ["backend 2 ended"] } },
  ];
  const name = (trial: typeof a) => `${trial!.balancer}/${trial!.algorithm}`;
  assert.deepEqual(groupReasons(trials), [
    "backends answered late (2: lag p99 1.08 to 13.10 ms, limit 1.07 ms)",
    `backend 3 ended (${name(b)})`,
    `backend 2 ended (${name(c)})`,
  ]);
});

test("without an interval few slow requests cannot tell neighbours apart", () => {
  const run = fixture();
  const inScenario = run.trials.filter((t) => t.scenario === "slow-backend");
  for (const trial of inScenario) trial.intervals.p99 = null;
  const standing = (count: number) => {
    for (const trial of inScenario) trial.latencyMs.count = count;
    const scenario = summarise(run).scenarios[0]!;
    const nginx = scenario.contestants.find((c) => c.name === "nginx/least-connections")!;
    return scenario.standing(nginx, "p99");
  };
  // 37.7 ms against 31 ms: 22 % apart.
  assert.equal(standing(1_500), "alike");
  assert.equal(standing(10_000), null);
});

test("costs of a contestant whose latency grows still compare", () => {
  const run = fixture();
  for (const trial of run.trials)
    if (trial.balancer === "haproxy") trial.growth = { unstable: true, latencyMsPerSecond: 12 };
  const scenario = summarise(run).scenarios[0]!;
  const haproxy = scenario.contestants.find((c) => c.balancer === "haproxy")!;
  assert.equal(scenario.standing(haproxy, "cpu"), "best");
  assert.equal(scenario.standing(haproxy, "p50"), null);
});

test("a recovery that was not seen is told as such, and the table shows the highest percentile there is", () => {
  const run = fixture();
  for (const trial of run.trials) {
    trial.latencyMs = { ...trial.latencyMs, count: 300, p99: null };
    if (trial.errorRate > 0) trial.errorRate = 0;
  }
  const text = renderTerminal(run, { color: false, width: 100 });
  assert.match(text, /contestant +p50 +p90 +p95 +failed/);
  assert.ok(!text.includes("too few"));
  assert.match(text, /builtin\/round-robin +never +0 ms +not in the trial +236/);
});

test("what was not seen of a fault says why: it never happened, too little came to tell, or nobody could look", () => {
  const run = fixture();
  const faults = run.trials.flatMap((trial) => (trial.scenario === "crash-and-recover" ? trial.faults : []));
  const text = (): string => renderTerminal(run, { color: false, width: 100 }).replace(/\s+/g, " ");
  for (const fault of faults)
    Object.assign(fault, {
      return: "never",
      returnedAfterMs: null,
      recovery: "never",
      recoveredAfterMs: null,
    });
  assert.match(
    text(),
    /every contestant leaves it alone until the trial ends \(set alike, balancers try one that failed again after 10 s\); not back to normal within the trial\./,
  );
  for (const fault of faults)
    Object.assign(fault, { return: "too-few-attempts", recovery: "too-few-requests" });
  assert.match(text(), /within 850 ms; too few requests to tell whether anything is back to normal\./);
  assert.match(text(), /never +too few to tell +too few to tell +236/);
  for (const fault of faults)
    Object.assign(fault, {
      detection: "not-visible",
      detectedAfterMs: null,
      return: "not-visible",
      misdirectedShare: null,
    });
  assert.match(text(), /attempts are not visible; too few requests/);
  for (const fault of faults) Object.assign(fault, { return: "seen", returnedAfterMs: 6_000 });
  assert.match(text(), /all send there again 6 s after it has ended/);
});

test("the time for which a failed backend is left alone is the one that the balancers are set to", () => {
  assert.equal(LEFT_ALONE, showMs(PARITY.failTimeoutMs));
});

test("throughput of a closed loop is a lower bound where the load generator was busy and paid more for a request", () => {
  const run = fixture();
  const closed = run.trials.filter((trial) => trial.scenario === "saturation" && trial.balancer === "nginx");
  const text = (): string => renderTerminal(run, { color: false, width: 100 }).replace(/\s+/g, " ");
  const busy = (utilisation: number, cpuUs: number): void => {
    // 7,569 requests in 4 s: a utilisation of 0.9 is 476 us for each.
    for (const { resources } of closed)
      Object.assign(resources, { generatorUtilisation: utilisation, balancerCpuUsPerRequest: cpuUs });
  };
  busy(0.9, 40);
  assert.match(text(), /≥ 1,?892\/s/);
  assert.match(
    text(),
    /At least: the load generator was busy and spent 476 µs of CPU on a request, more than nginx/,
  );
  busy(0.9, 500);
  assert.ok(!text().includes("≥"), "the balancer paid more");
  busy(0.3, 40);
  assert.ok(!text().includes("≥"), "the generator was idle most of the time");
});

test("a simulated comparison says that nothing ran", () => {
  const run = fixture();
  const text = (): string => renderTerminal(run, { color: false, width: 100 });
  assert.ok(!text().includes("Simulated"));
  for (const trial of run.trials) trial.engine = "simulation";
  assert.equal(text().split("– Simulated: nothing ran.").length - 1, run.scenarios.length);
});

test("a comparison ends with a line per scenario and what the trials are worth", () => {
  const text = renderTerminal(fixture(), { color: false, width: 100 });
  const end = text.slice(text.indexOf("In short"));
  for (const { name } of fixture().scenarios) assert.ok(end.includes(`→ ${name}: `), name);
  assert.match(end, /1 trial counts for nothing/);
});
