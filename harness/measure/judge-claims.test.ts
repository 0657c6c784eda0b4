import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrialRecord } from "../../reports/record.ts";
import type { Claim } from "../../scenarios/scenario.ts";
import { judgeClaims } from "./judge-claims.ts";

interface Seen {
  readonly mean: number | null;
  readonly interval?: [number, number] | null;
  readonly repeat?: number;
  readonly shares?: readonly number[];
}

function trial(algorithm: string, { mean, interval = null, repeat = 1, shares = [] }: Seen): TrialRecord {
  const part = {
    scenario: "s",
    balancer: "builtin",
    algorithm,
    control: false,
    repeat,
    verdict: { status: "valid" as const, reasons: [] },
    latencyMs: { count: 1_000, mean },
    intervals: { mean: interval },
    backends: shares.map((share) => ({ share })),
  };
  return part as unknown as TrialRecord;
}

const FASTER = { metric: "latencyMs.mean", of: "a", below: "b", ratio: 0.5 } satisfies Claim;
const THEORY = {
  metric: "latencyMs.mean",
  of: "a",
  ratio: 1,
  expected: 100,
  within: 0.1,
  source: "theory",
} satisfies Claim;

const judged = (claim: Claim, trials: readonly TrialRecord[], repeats = 1) => {
  const [outcome] = judgeClaims("s", [claim], trials, { repeats });
  return [outcome?.held, outcome?.observed, outcome?.interval];
};

test("a ratio is judged by what was measured, and its interval is that of both trials at their worst", () => {
  const trials = [
    trial("a", { mean: 40, interval: [36, 44] }),
    trial("b", { mean: 100, interval: [90, 110] }),
  ];
  assert.deepEqual(judged(FASTER, trials), [true, 0.4, [36 / 110, 44 / 90]]);
});

test("a ratio that does not hold is not judged when its interval reaches to where it would, and else it is not held", () => {
  const b = trial("b", { mean: 100, interval: [90, 110] });
  assert.equal(judged(FASTER, [trial("a", { mean: 55, interval: [45, 65] }), b])[0], null);
  assert.equal(judged(FASTER, [trial("a", { mean: 80, interval: [75, 85] }), b])[0], false);
  assert.equal(
    judged(FASTER, [trial("a", { mean: 55 }), b])[0],
    false,
    "without an interval the point decides",
  );
});

test("an expected size is held within its band, on both sides", () => {
  assert.deepEqual(judged(THEORY, [trial("a", { mean: 109 })]), [true, 109, undefined]);
  assert.equal(judged(THEORY, [trial("a", { mean: 111 })])[0], false);
  assert.equal(judged(THEORY, [trial("a", { mean: 89 })])[0], false);
  assert.equal(judged(THEORY, [trial("a", { mean: 120, interval: [108, 130] })])[0], null);
  assert.equal(judged(THEORY, [trial("a", { mean: 120, interval: [111, 130] })])[0], false);
  assert.equal(judged(THEORY, [trial("b", { mean: 100 })])[0], undefined, "it did not play");
});

test("an expected ratio is held within its band, and equals are equal", () => {
  const same = { ...THEORY, below: "b", expected: 1 };
  const of = (a: number): readonly TrialRecord[] => [trial("a", { mean: a }), trial("b", { mean: 50 })];
  assert.equal(judged(same, of(54))[0], true);
  assert.equal(judged(same, of(46))[0], true);
  assert.equal(judged(same, of(60))[0], false);
});

test("repeats pair by their number, and their range is the interval", () => {
  const trials = [1, 2, 3].flatMap((repeat) => [
    trial("a", { mean: 10 * repeat + 30, repeat }),
    trial("b", { mean: 100, repeat }),
  ]);
  assert.deepEqual(judged(FASTER, trials, 3), [true, 0.5, [0.4, 0.6]]);
});

test("most and least are the extremes of a list", () => {
  const claim = (which: string) => ({
    ...THEORY,
    metric: `backends.${which}.share`,
    expected: 0.5,
    within: 0.01,
  });
  const one = [trial("a", { mean: 1, shares: [0.3, 0.5, 0.2] })];
  assert.deepEqual(judged(claim("most"), one).slice(0, 2), [true, 0.5]);
  assert.deepEqual(judged(claim("least"), one).slice(0, 2), [false, 0.2]);
  assert.deepEqual(judged(claim("most"), [trial("a", { mean: 1 })])[0], null, "there is no entry");
});
