import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Latency, TrialRecord } from "../../reports/record.ts";
import type { Claim } from "../../scenarios/scenario.ts";
import { judgeObjectives, metricOf } from "./judge.ts";
import { judgeClaims } from "./judge-claims.ts";

const LATENCY: Latency = { count: 2_000, mean: 10, p50: 9, p90: 20, p95: 25, p99: 40, p999: null, max: 90 };

interface Change {
  readonly balancer?: string;
  readonly algorithm?: string;
  readonly p99?: number | null;
  readonly count?: number;
  readonly status?: "valid" | "suspect" | "invalid";
  readonly control?: boolean;
  readonly scenario?: string;
  readonly errorRate?: number;
  readonly recoveredAfterMs?: number | null;
  readonly misdirectedShare?: number | null;
}

function trial(change: Change = {}): TrialRecord {
  const fault = {
    type: "crash",
    backend: 1,
    at: 0,
    for: 1,
    injectedAt: 0,
    liftedAt: 1,
    detection: "seen" as const,
    detectedAfterMs: 5,
    recovery: change.recoveredAfterMs === null ? ("never" as const) : ("seen" as const),
    recoveredAfterMs: change.recoveredAfterMs === undefined ? 300 : change.recoveredAfterMs,
    return: "seen" as const,
    returnedAfterMs: 8_000,
    recoveredBy: "band" as const,
    recoveredRangeMs: null,
    lost: 0,
    lostBy: null,
    drainErrors: 0,
    budgetBurnt: null,
    sentWhileKnownBad: null,
    excess: null,
    misdirectedShare: change.misdirectedShare ?? null,
    resolutionMs: 1,
  };
  const part: Partial<TrialRecord> = {
    scenario: change.scenario ?? "s",
    balancer: change.balancer ?? "nginx",
    algorithm: change.algorithm ?? "round-robin",
    control: change.control ?? false,
    verdict: { status: change.status ?? "valid", reasons: [] },
    latencyMs: { ...LATENCY, count: change.count ?? 2_000, p99: change.p99 === undefined ? 40 : change.p99 },
    errorRate: change.errorRate ?? 0,
    faults: [fault],
  };
  return part as TrialRecord;
}

const CLAIM = {
  metric: "latencyMs.p99",
  of: "least-connections",
  below: "round-robin",
  ratio: 0.8,
} satisfies Claim;
const of = (p99: number | null, change: Change = {}): TrialRecord =>
  trial({ ...change, algorithm: CLAIM.of, p99 });
const below = (p99: number | null, change: Change = {}): TrialRecord =>
  trial({ ...change, algorithm: CLAIM.below, p99 });
const claim = (trials: readonly TrialRecord[], repeats = 1) => judgeClaims("s", [CLAIM], trials, { repeats });

describe("metrics", () => {
  it("are found by their path, also in lists", () => {
    assert.equal(metricOf(trial(), "latencyMs.p99"), 40);
    assert.equal(metricOf(trial(), "faults.0.recoveredAfterMs"), 300);
    assert.equal(metricOf(trial(), "errorRate"), 0);
  });

  it("are unknown when there is no such path, no number there, or too little was seen", () => {
    for (const path of [
      "latencyMs",
      "latencyMs.p98",
      "faults.1.lost",
      "balancer",
      "constructor",
      "latencyMs.p99.x",
      "faults.length",
    ]) {
      const value = metricOf(trial(), path);
      assert.equal(value, path === "faults.length" ? 1 : undefined, path);
    }
    assert.equal(metricOf(trial(), "latencyMs.p999"), undefined, "2,000 requests are too few for a p999");
    assert.equal(metricOf(trial(), "faults.0.misdirectedShare"), undefined, "attempts were not visible");
  });

  it("do not call never what nobody saw or too few requests could show", () => {
    const unseen = (fault: Partial<TrialRecord["faults"][number]>): TrialRecord => {
      const one = trial();
      Object.assign(
        one.faults[0] ?? {},
        { detectedAfterMs: null, recoveredAfterMs: null, returnedAfterMs: null },
        fault,
      );
      return one;
    };
    for (const [path, word] of [
      ["faults.0.detectedAfterMs", "detection"],
      ["faults.0.recoveredAfterMs", "recovery"],
      ["faults.0.returnedAfterMs", "return"],
    ] as const) {
      for (const why of ["too-few-attempts", "too-few-requests", "not-visible"])
        assert.equal(metricOf(unseen({ [word]: why }), path), undefined, `${path} ${why}`);
      assert.equal(metricOf(unseen({ [word]: "never" }), path), null, path);
    }
  });

  it("are beyond any number when they were not reached or never happened", () => {
    assert.equal(metricOf(trial({ p99: null }), "latencyMs.p99"), null);
    assert.equal(metricOf(trial({ p99: null, count: 999 }), "latencyMs.p99"), undefined);
    assert.equal(metricOf(trial({ recoveredAfterMs: null }), "faults.0.recoveredAfterMs"), null);
  });
});

describe("claims", () => {
  it("hold within each balancer by themselves", () => {
    const outcomes = claim([
      of(20),
      below(40),
      of(39, { balancer: "haproxy" }),
      below(40, { balancer: "haproxy" }),
    ]);
    assert.deepEqual(outcomes, [
      { scenario: "s", balancer: "nginx", ...CLAIM, held: true, observed: 0.5 },
      { scenario: "s", balancer: "haproxy", ...CLAIM, held: false, observed: 0.975 },
    ]);
  });

  it("are judged by the median over repeats", () => {
    const [outcome] = claim([of(10), of(20), of(900), below(40), below(50), below(45)], 3);
    assert.equal(outcome?.held, true);
    assert.equal(outcome?.observed, 20 / 45);
  });

  it("are not judged when a trial is missing or invalid, but are when it is suspect", () => {
    assert.equal(claim([of(20)])[0]?.held, null);
    assert.equal(claim([of(20), below(40, { status: "invalid" })])[0]?.held, null);
    assert.equal(claim([of(20), of(20), below(40)], 2)[0]?.held, null);
    assert.equal(claim([of(20), below(40, { status: "suspect" })])[0]?.held, true);
    assert.deepEqual(claim([]), []);
  });

  it("rank what was not reached slower than any number", () => {
    assert.equal(claim([of(20), below(null)])[0]?.held, true);
    assert.equal(claim([of(null), below(40)])[0]?.held, false);
    assert.equal(claim([of(null), below(null)])[0]?.held, null);
    assert.equal(claim([of(20), below(null, { count: 500 })])[0]?.held, null, "too few requests for a p99");
  });

  it("do not look at the control, nor at other scenarios", () => {
    const trials = [of(20), below(40), of(90, { control: true }), of(90, { scenario: "t" })];
    assert.equal(claim(trials)[0]?.observed, 0.5);
  });
});

describe("objectives", () => {
  const judge = (
    objective: { metric: string; of?: string; atMost?: number; atLeast?: number },
    trials: readonly TrialRecord[],
  ) => judgeObjectives("s", [objective], trials, { repeats: 1 });

  it("are judged for every contestant, or for those they name", () => {
    const trials = [
      trial({ errorRate: 0.01 }),
      trial({ balancer: "haproxy", errorRate: 0.2 }),
      of(1, { errorRate: 0.5 }),
    ];
    const all = judge({ metric: "errorRate", atMost: 0.05 }, trials);
    assert.deepEqual(
      all.map(({ contestant, met }) => [contestant, met]),
      [
        ["nginx/round-robin", true],
        ["haproxy/round-robin", false],
        ["nginx/least-connections", false],
      ],
    );
    assert.deepEqual(all[0], {
      scenario: "s",
      contestant: "nginx/round-robin",
      metric: "errorRate",
      atMost: 0.05,
      met: true,
      observed: 0.01,
    });
    assert.equal(judge({ metric: "errorRate", of: "round-robin", atMost: 0.05 }, trials).length, 2);
    assert.equal(judge({ metric: "errorRate", of: "haproxy/round-robin", atMost: 0.05 }, trials).length, 1);
  });

  it("are met at the limit itself", () => {
    assert.equal(judge({ metric: "errorRate", atMost: 0.05 }, [trial({ errorRate: 0.05 })])[0]?.met, true);
    assert.equal(judge({ metric: "latencyMs.p99", atLeast: 40 }, [trial()])[0]?.met, true);
    assert.equal(judge({ metric: "latencyMs.p99", atLeast: 41 }, [trial()])[0]?.met, false);
  });

  it("are violated by what was not reached or never happened", () => {
    assert.deepEqual(judge({ metric: "latencyMs.p99", atMost: 1e9 }, [trial({ p99: null })])[0]?.met, false);
    assert.equal(
      judge({ metric: "faults.0.recoveredAfterMs", atMost: 500 }, [trial({ recoveredAfterMs: null })])[0]
        ?.met,
      false,
    );
    assert.equal(judge({ metric: "faults.0.recoveredAfterMs", atMost: 500 }, [trial()])[0]?.met, true);
  });

  it("are not judged without a valid trial or without the metric", () => {
    assert.equal(judge({ metric: "errorRate", atMost: 1 }, [trial({ status: "invalid" })])[0]?.met, null);
    assert.deepEqual(judge({ metric: "no.such", atMost: 1 }, [trial()])[0], {
      scenario: "s",
      contestant: "nginx/round-robin",
      metric: "no.such",
      atMost: 1,
      met: null,
      observed: null,
    });
    assert.equal(
      judge({ metric: "latencyMs.p99", atMost: 1 }, [trial({ p99: null, count: 100 })])[0]?.met,
      null,
    );
  });
});
