import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTwin, pairWith } from "./counterfactual.ts";
import { createExcessSeries } from "./excess-recovery.ts";
import { row } from "./test-rows.ts";
import { createTimeline } from "./timeline.ts";

/** Due time and latency in ms; null: it failed. */
type Played = readonly [due: number, latency: number | null];

function rowsOf(requests: readonly Played[]) {
  return requests.map(([due, latency], k) =>
    row({
      k,
      dueUs: due * 1_000,
      endedUs: (due + (latency ?? 5)) * 1_000,
      outcome: latency === null ? "timeout" : "ok",
    }),
  );
}

function twinOf(requests: readonly Played[]) {
  const twin = createTwin();
  for (const each of rowsOf(requests)) twin.record(each);
  return twin;
}

const pair = (
  faulty: readonly Played[],
  calm: readonly Played[],
  faults: readonly { readonly at: number }[],
) => {
  const pairs = pairWith(twinOf(calm), faults, 10_000);
  for (const each of rowsOf(faulty)) pairs.visit(each);
  return pairs;
};

describe("the counterfactual", () => {
  it("is the difference of the same request with the fault and without it", () => {
    const faulty: Played[] = [
      [100, 10],
      [2_000, 30],
      [2_100, null],
      [2_200, null],
      [2_300, 7],
      [2_400, 10.5],
    ];
    const calm: Played[] = [
      [100, 8],
      [2_000, 10],
      [2_100, 10],
      [2_200, null],
      [2_300, null],
      [2_400, 10],
    ];
    const { all, faults } = pair(faulty, calm, [{ at: 1_000 }]);
    assert.equal(all.pairs, 5);
    assert.equal(all.extraFailures, 0, "one more, one less");
    assert.equal(all.excessWaitMs, 20.5);
    assert.equal(all.excessMs, 10.25);
    assert.equal(all.slowerShare, 0.5, "half a millisecond is no harm");
    assert.equal(all.beforeMs, 2);
    const { beforeMs: _, ...whole } = all;
    assert.deepEqual(faults, [whole]);
  });

  it("gives each of several faults what it answers for, and those that begin together the same", () => {
    const faults = [{ at: 1_000 }, { at: 1_000 }, { at: 3_000 }];
    const faulty: Played[] = [
      [990, 15],
      [2_000, 11],
      [2_999, 4],
      [3_500, 30],
    ];
    const calm: Played[] = [
      [990, 10],
      [2_000, 10],
      [2_999, 3],
      [3_500, 10],
    ];
    const { all, faults: each } = pair(faulty, calm, faults);
    assert.deepEqual(
      each.map(({ pairs }) => pairs),
      [2, 2, 2],
    );
    assert.deepEqual(each[0], each[1]);
    assert.deepEqual(
      each.map(({ excessWaitMs }) => excessWaitMs),
      [6, 6, 21],
      "under way at 3 s: the later one's",
    );
    assert.equal(all.excessWaitMs, 27);
  });

  it("leaves out what one of the plays did not have", () => {
    const { all } = pair(
      [
        [2_000, 30],
        [2_100, 10],
      ],
      [[2_000, 10]],
      [{ at: 1_000 }],
    );
    assert.deepEqual([all.pairs, all.excessMs], [1, 20]);
  });
});

describe("recovery by the counterfactual", () => {
  const timeline = createTimeline([{ at: 1_000, for: 1_000 }], 10_000);
  const STRETCHES = { stretches: 1_000, stretchMs: 10 };
  /** A request every 10 ms, 10 ms long without the fault, and `extra` ms longer with it. */
  function over(extra: (dueMs: number) => number, end = 1_000) {
    const due = Array.from({ length: 1_000 }, (_, k) => k * 10);
    const series = createExcessSeries(twinOf(due.map((ms) => [ms, 10])), timeline, STRETCHES);
    for (const each of rowsOf(due.map((ms) => [ms, 10 + extra(ms)]))) series.visit(each);
    return series.over(100, end);
  }

  it("is where 95 % of the excess waiting is over", () => {
    // 300 requests of equal excess: 285 of them from the start on.
    assert.deepEqual(
      over((ms) => (ms >= 1_000 && ms < 4_000 ? 40 : 0)),
      { at: 285, range: [270, 297] },
    );
  });

  it("does not move by chance that comes and goes afterwards", () => {
    const noisy = over((ms) => (ms >= 1_000 && ms < 4_000 ? 40 : ms > 4_000 ? (ms % 20 === 0 ? 9 : -9) : 0));
    assert.ok(
      typeof noisy === "object" && noisy !== null && Math.abs(noisy.at - 285) <= 1,
      JSON.stringify(noisy),
    );
  });

  it("is at once when nothing is slower, or no more than before the fault", () => {
    assert.deepEqual(
      over(() => 0),
      { at: 0, range: [0, 0] },
    );
    const small = over((ms) => (ms === 500 ? 30 : ms === 600 ? -30 : ms === 2_000 ? 50 : 0));
    assert.deepEqual(small, { at: 0, range: [0, 0] }, "30 ms by chance before, 50 ms after");
  });

  it("is not told by plays that differed before the fault already", () => {
    assert.equal(
      over((ms) => (ms < 1_000 ? -8 : 4)),
      null,
    );
  });

  it("is never when it goes on to the end, and unknown when there is no more than chance to tell by", () => {
    assert.equal(
      over((ms) => (ms >= 1_000 ? 40 : 0)),
      "never",
    );
    assert.equal(
      over((ms) => (ms >= 1_000 && ms < 4_000 ? 40 : 0), 400),
      "never",
      "the next fault comes first",
    );
    assert.equal(
      over((ms) => (ms === 9_900 ? 400 : 0)),
      "too-few-requests",
    );
  });
});
