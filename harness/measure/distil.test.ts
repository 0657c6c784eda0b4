import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import type { SeriesSecond } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";
import { createDistiller, type Distilled } from "./distil.ts";
import { row, singleQueue } from "./test-rows.ts";

function distil(
  rows: readonly Row[],
  change: { readonly durationMs?: number; readonly ids?: readonly number[] } = {},
): Distilled {
  const distiller = createDistiller({
    durationMs: change.durationMs ?? 10_000,
    timeoutMs: 5_000,
    seed: 1,
    requests: ["home"],
    mix: null,
    backends: (change.ids ?? [1]).map((id) => ({ id, slots: 1, counts: { attempts: 0, completed: 0 } })),
  });
  for (const each of rows) distiller.visit(each);
  return distiller.finish();
}

function near(actual: number | null, expected: number, share: number): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= share * expected,
    `${actual} is not ${expected} +- ${share * 100} %`,
  );
}

/** `successes` requests of 1 ms and `failures` that failed after 0.1 ms, all due in the first second. */
function mixed(successes: number, failures: number): readonly Row[] {
  return Array.from({ length: successes + failures }, (_, k) =>
    k < successes ? row({ k, endedUs: 1_000 }) : row({ k, endedUs: 100, outcome: "connectionError" }),
  );
}

describe("percentiles", () => {
  it("of 1 to 1,000,000 us are right to 0.1 %", () => {
    const durationUs = 10_000_000;
    const { latencyMs } = distil(
      Array.from({ length: 1_000_000 }, (_, k) => {
        const dueUs = (k * durationUs) / 1_000_000;
        return row({ k, dueUs, endedUs: dueUs + k + 1 });
      }),
    );
    near(latencyMs.p50, 500, 0.001);
    near(latencyMs.p90, 900, 0.001);
    near(latencyMs.p95, 950, 0.001);
    near(latencyMs.p99, 990, 0.001);
    near(latencyMs.p999, 999, 0.001);
    near(latencyMs.mean, 500.0005, 1e-9);
    near(latencyMs.max, 1_000, 1e-9);
    assert.equal(latencyMs.count, 1_000_000);
  });

  it("rank a failure slower than any success, so that failing fast does not look fast", () => {
    const { latencyMs, successLatencyMs, serviceLatencyMs, errorRate } = distil(mixed(940, 60));
    assert.equal(latencyMs.p90, 1);
    assert.equal(latencyMs.p95, null, "among the failures");
    assert.equal(serviceLatencyMs.p95, null);
    assert.equal(successLatencyMs.p95, 1);
    assert.equal(latencyMs.count, 1_000);
    assert.equal(successLatencyMs.count, 940);
    assert.equal(latencyMs.mean, 1);
    assert.equal(latencyMs.max, 1);
    assert.equal(errorRate, 0.06);
  });

  it("are reached exactly up to the share of successes", () => {
    assert.equal(distil(mixed(950, 50)).latencyMs.p95, 1);
    assert.equal(distil(mixed(949, 51)).latencyMs.p95, null);
  });

  it("with fewer than 10 requests beyond are not printed", () => {
    assert.equal(distil(mixed(1_000, 0)).latencyMs.p99, 1);
    assert.equal(distil(mixed(999, 0)).latencyMs.p99, null);
    assert.equal(distil(mixed(20, 0)).latencyMs.p50, 1);
    assert.equal(distil(mixed(19, 0)).latencyMs.p50, null);
  });

  it("are null without requests, and so are mean and max", () => {
    const { latencyMs, errorRate, intervals } = distil([]);
    assert.deepEqual(latencyMs, {
      count: 0,
      mean: null,
      p50: null,
      p90: null,
      p95: null,
      p99: null,
      p999: null,
      max: null,
    });
    assert.equal(errorRate, 0);
    assert.equal(intervals.mean, null);
  });

  it("count from the instant a request was due, service latency from the instant it was sent", () => {
    const rows = Array.from({ length: 100 }, (_, k) => row({ k, dueUs: 0, sentUs: 30_000, endedUs: 40_000 }));
    const { latencyMs, serviceLatencyMs, sendLagMs } = distil(rows);
    near(latencyMs.p50, 40, 0.001);
    near(serviceLatencyMs.p50, 10, 0.001);
    near(sendLagMs.p50, 30, 0.001);
  });
});

const answers = (each: SeriesSecond["backends"][number] | undefined): number =>
  each === undefined ? 0 : each.ok + each.httpError + each.timeout + each.connectionError + each.aborted;

describe("counts", () => {
  const outcome = fc.constantFrom(...OUTCOMES);
  const rowsOf = fc.array(
    fc.record({
      outcome,
      dueUs: fc.double({ min: 0, max: 9_999_999, noNaN: true }),
      tookUs: fc.integer({ min: 1, max: 5_000_000 }),
    }),
    { maxLength: 300 },
  );
  const toRows = (
    drawn: readonly { outcome: (typeof OUTCOMES)[number]; dueUs: number; tookUs: number }[],
  ): readonly Row[] =>
    drawn
      .map(({ outcome, dueUs, tookUs }, k) =>
        row({ k, outcome, dueUs, endedUs: dueUs + tookUs, backend: k % 3 }),
      )
      .sort((a, b) => a.endedUs - b.endedUs);

  it("always add up, for any rows, and equal the sums of the series and of the backends", () => {
    fc.assert(
      fc.property(rowsOf, (drawn) => {
        const rows = toRows(drawn);
        const distilled = distil(rows, { ids: [1, 2] });
        const { counts, series, backends } = distilled;
        assert.deepEqual(distilled.countFailures(null), []);
        assert.equal(counts.scheduled, rows.length);
        assert.equal(counts.scheduled, counts.sent + counts.dropped);
        assert.equal(
          counts.sent,
          counts.ok +
            counts.httpError +
            counts.timeout +
            counts.connectionError +
            counts.aborted +
            counts.inFlightAtEnd,
        );
        for (const name of [
          "scheduled",
          "ok",
          "httpError",
          "timeout",
          "connectionError",
          "aborted",
        ] as const) {
          assert.equal(sum(series.map((second) => second[name])), counts[name], name);
        }
        for (const { id } of backends) {
          const own = series.map((second) => second.backends.find((each) => each.id === id));
          const came = rows.filter(
            ({ backend, outcome }) =>
              backend === id && !["inFlightAtEnd", "dropped"].includes(OUTCOMES[outcome] ?? ""),
          );
          assert.equal(sum(own.map(answers)), came.length);
        }
        assert.equal(series.length, 10);
      }),
    );
  });

  it("say where they do not: a request neither sent nor dropped, one sent and dropped, one outside the window", () => {
    const good = row({ k: 0 });
    const lost = row({ k: 1, sentUs: Number.NaN });
    assert.match(
      distil([good, lost]).countFailures(null).join("; "),
      /scheduled 2 is not sent 1 \+ dropped 0/,
    );
    const both = row({ k: 1, outcome: "dropped", sentUs: 5 });
    assert.match(
      distil([good, both]).countFailures(null).join("; "),
      /scheduled 2 is not sent 2 \+ dropped 1/,
    );
    assert.match(
      distil([row({ dueUs: 10_000_000 })])
        .countFailures(null)
        .join("; "),
      /1 requests were due outside/,
    );
    assert.match(
      distil([{ ...good, outcome: 9 }])
        .countFailures(null)
        .join("; "),
      /1 rows have an unknown outcome/,
    );
  });

  it("are held against what the generator counted", () => {
    const { countFailures } = distil([row(), row({ k: 1, outcome: "dropped" })]);
    assert.deepEqual(countFailures({ scheduled: 2, dropped: 1, inFlightAtEnd: 0 }), []);
    assert.deepEqual(countFailures({ scheduled: 3, dropped: 1, inFlightAtEnd: 0 }), [
      "the generator counted 3 scheduled, the rows say 2",
    ]);
  });
});

describe("rates, shares and the waterfall", () => {
  it("count successes among the requests due in the window, whenever they ended", () => {
    const rows = [row({ k: 0, dueUs: 1_999_999, endedUs: 6_000_000 }), row({ k: 1, outcome: "timeout" })];
    const distilled = distil(rows, { durationMs: 2_000 });
    assert.equal(distilled.achievedRate, 0.5);
    assert.equal(distilled.offeredRate, 1);
    assert.equal(distilled.errorRate, 0.5);
  });

  it("split the mean latency of successes without a rest", () => {
    const times = { sentUs: 500, queueUs: 2_000, serviceUs: 5_000 };
    const slow = { sentUs: 1_500, queueUs: 6_000, serviceUs: 9_000 };
    const rows = [
      row({ k: 0, ...times, endedUs: 9_000 }),
      row({ k: 1, ...slow, endedUs: 19_000 }),
      row({ k: 2, outcome: "timeout" }),
    ];
    const { waterfallMs, latencyMs, backends } = distil(rows);
    assert.deepEqual(waterfallMs, { sendLag: 1, hop: 2, queue: 4, service: 7 });
    assert.equal(latencyMs.mean, 14);
    assert.deepEqual(backends, [
      {
        id: 1,
        requests: 2,
        share: 1,
        attempts: 0,
        completed: 0,
        queueMs: 4,
        utilisation: 14_000 / 10_000_000,
      },
    ]);
  });

  it("give Little's law exactly: the sum of times in flight over the window", () => {
    const rows = Array.from({ length: 1_000 }, (_, k) =>
      row({ k, dueUs: k * 1_000, sentUs: k * 1_000, endedUs: k * 1_000 + 25_000 }),
    );
    assert.equal(distil(rows, { durationMs: 1_000 }).meanInFlight, 25);
    const queue = createRng("little");
    const distilled = distil(
      singleQueue(() => queue.next(), {
        load: 0.7,
        meanServiceUs: 5_000,
        durationUs: 60_000_000,
        warmupUs: 1_000_000,
      }),
      { durationMs: 60_000 },
    );
    near(
      distilled.meanInFlight,
      distilled.achievedRate * ((distilled.latencyMs.mean ?? Number.NaN) / 1_000),
      1e-9,
    );
  });
});

describe("what growth is read from", () => {
  it("is successes and those that ran out of time: the client's timeout and a balancer's 504, no other failure", () => {
    const { batches } = distil([
      row({ k: 0 }),
      row({ k: 1, outcome: "timeout", endedUs: 5_000_000 }),
      row({ k: 2, outcome: "httpError", status: 504, endedUs: 4_000_000 }),
      row({ k: 3, outcome: "httpError", status: 503 }),
      row({ k: 4, outcome: "connectionError" }),
    ]);
    assert.deepEqual([batches.total[0], batches.ok[0], batches.waited[0]], [5, 1, 3]);
    assert.equal(batches.waitedUs[0], 9_010_000);
  });
});

describe("the series", () => {
  it("has percentiles of each second as if the second were a window of its own", () => {
    const fast = Array.from({ length: 50 }, (_, k) => row({ k, dueUs: k, endedUs: k + 1_000 }));
    const slow = Array.from({ length: 50 }, (_, k) =>
      row({ k: 50 + k, dueUs: 1_000_000 + k, endedUs: 1_000_000 + k + 2_000 }),
    );
    const failed = Array.from({ length: 60 }, (_, k) =>
      row({ k: 100 + k, dueUs: 1_500_000, outcome: "timeout", endedUs: 6_500_000 }),
    );
    const { series } = distil([...fast, ...slow, ...failed]);
    assert.equal(series[0]?.p50, 1);
    assert.equal(series[1]?.p50, null, "more than half of the second failed");
    assert.equal(series[1]?.timeout, 60);
    assert.equal(series[0]?.p99, null, "too few");
  });

  it("prints no percentile of a second when a row came after it was closed, but counts it", () => {
    const rows = Array.from({ length: 40 }, (_, k) => row({ k, dueUs: 0, endedUs: 1_000 }));
    const last = row({ k: 40, dueUs: 50_000_000, endedUs: 50_001_000 });
    const { series } = distil([...rows, last, row({ k: 41, dueUs: 0, endedUs: 51_000_000 })], {
      durationMs: 60_000,
    });
    assert.equal(series[0]?.scheduled, 41);
    assert.equal(series[0]?.p50, null);
    const { series: punctual } = distil([...rows, last], { durationMs: 60_000 });
    assert.equal(punctual[0]?.p50, 1);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
