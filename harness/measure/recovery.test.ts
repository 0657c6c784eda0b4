import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRng } from "#kernel/rng.ts";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import type { FaultRecord } from "../../reports/record.ts";
import type { Row } from "../rows.ts";
import { createFaultDistiller } from "./faults.ts";
import { row, singleQueue } from "./test-rows.ts";
import { createTimeline } from "./timeline.ts";

const CRASH: FaultSpec = { type: "crash", backend: 2, at: 4_000, for: 3_000 };

function record(rows: readonly Row[], ...faults: readonly FaultSpec[]): readonly FaultRecord[] {
  const times = faults.map((spec) => ({ spec, injectedAtMs: spec.at, liftedAtMs: spec.at + spec.for }));
  const durationMs = 12_000;
  const timeline = createTimeline(faults, durationMs);
  const distiller = createFaultDistiller({
    faults: times,
    durationMs,
    timeline,
    wasTaken: () => false,
    twin: null,
  });
  for (const each of rows) distiller.visitFirst(each);
  for (const each of rows) distiller.visitSecond(each);
  return distiller.finish({ seen: null, resolutionMs: null, excess: null, allowedFailures: 0 });
}

/** 200 requests per second over 12 s, exponential latency of mean 20 ms, changed by what happens at their due time. */
function traffic(seed: number, change: (base: Row, dueMs: number, draw: number) => Row): readonly Row[] {
  const rng = createRng(seed);
  return Array.from({ length: 2_400 }, (_, k) => {
    const dueUs = k * 5_000;
    const latencyUs = -20_000 * Math.log1p(-rng.next());
    return change(row({ k, dueUs, endedUs: dueUs + latencyUs }), dueUs / 1_000, rng.next());
  });
}

const fail = (base: Row): Row => row({ k: base.k, dueUs: base.dueUs, outcome: "connectionError" });
const slow = (base: Row, factor: number): Row => ({
  ...base,
  endedUs: base.dueUs + (base.endedUs - base.dueUs) * factor,
});
const within = (value: number | null | undefined, low: number, high: number): void =>
  assert.ok(
    typeof value === "number" && value >= low && value <= high,
    `${value} is not in ${low} to ${high}`,
  );

describe("recovery", () => {
  it("is at the last failure when latency never left its band", () => {
    const [fault] = record(
      traffic(1, (base, at) => (at >= 4_000 && at < 4_400 && base.k % 4 === 0 ? fail(base) : base)),
      CRASH,
    );
    within(fault?.recoveredAfterMs, 380, 400);
    assert.equal(fault?.lost, 20);
  });

  it("is when a slow backend's requests are no longer slow", () => {
    for (let seed = 0; seed < 20; seed++) {
      const [fault] = record(
        traffic(seed, (base, at) => (at >= 4_000 && at < 7_000 && base.k % 4 === 0 ? slow(base, 10) : base)),
        { ...CRASH, type: "slow" },
      );
      // The last slow one of a quarter of the requests, most of which are outside the band; a chance cluster after it may add a little.
      within(fault?.recoveredAfterMs, 2_800, 3_500);
      assert.equal(fault?.lost, 0);
    }
  });

  it("waits for the backlog that a fault leaves behind", () => {
    const [fault] = record(
      traffic(3, (base, at) => {
        const backlogMs = at < 4_000 || at > 9_000 ? 0 : at < 7_000 ? 500 : 500 - (at - 7_000) / 4;
        return { ...base, endedUs: base.endedUs + backlogMs * 1_000 };
      }),
      CRASH,
    );
    within(fault?.recoveredAfterMs, 4_750, 5_100);
  });

  it("is at once when nothing happened", () => {
    const times = Array.from(
      { length: 40 },
      (_, seed) =>
        record(
          traffic(seed, (base) => base),
          CRASH,
        )[0]?.recoveredAfterMs,
    );
    assert.ok(times.filter((time) => time === 0).length >= 36, `${times}`);
  });

  it("is not fooled by the clusters that a queue makes by itself", () => {
    let undisturbed = 0;
    for (let seed = 0; seed < 40; seed++) {
      const rng = createRng(seed);
      const rows = Array.from({ length: 4 }, () =>
        singleQueue(() => rng.next(), {
          load: 0.5,
          meanServiceUs: 10_000,
          durationUs: 12_000_000,
          warmupUs: 1_000_000,
        }),
      ).flat();
      if (record(rows, CRASH)[0]?.recoveredAfterMs === 0) undisturbed += 1;
    }
    assert.ok(undisturbed >= 34, `${undisturbed} of 40`);
  });

  it("is never when errors stay, when latency stays, and then everything until the end is lost", () => {
    const [errors] = record(
      traffic(4, (base, at) => (at >= 4_000 && base.k % 20 === 0 ? fail(base) : base)),
      CRASH,
    );
    assert.deepEqual([errors?.recovery, errors?.recoveredAfterMs], ["never", null]);
    assert.equal(errors?.lost, 80);
    const [latency] = record(
      traffic(5, (base, at) => (at >= 4_000 && base.k % 4 === 0 ? slow(base, 10) : base)),
      CRASH,
    );
    assert.deepEqual([latency?.recovery, latency?.recoveredAfterMs], ["never", null]);
  });

  it("is not known without a time before the fault, and when the window ends too soon after it", () => {
    const undisturbed = traffic(6, (base) => base);
    const [early] = record(undisturbed, { ...CRASH, at: 400 });
    assert.deepEqual([early?.recovery, early?.recoveredAfterMs], ["too-few-requests", null]);
    const rows = traffic(7, (base, at) => (at >= 11_950 && base.k % 2 === 0 ? fail(base) : base));
    const [late] = record(rows, { ...CRASH, at: 11_950, for: 40 });
    assert.deepEqual([late?.recovery, late?.recoveredAfterMs], ["too-few-requests", null]);
  });

  it("ends at the next fault, and counts each failure for one of the two", () => {
    const second = { ...CRASH, at: 8_000, for: 1_000 };
    const rows = traffic(8, (base, at) =>
      (at >= 4_000 && at < 4_500) || (at >= 8_000 && at < 8_200) ? fail(base) : base,
    );
    const [first, last] = record(rows, CRASH, second);
    within(first?.recoveredAfterMs, 490, 510);
    within(last?.recoveredAfterMs, 190, 210);
    assert.equal(first?.lost, 100);
    assert.equal(last?.lost, 40);
  });

  it("lives with errors that were there before", () => {
    const [fault] = record(
      traffic(9, (base, at, draw) =>
        draw < 0.02 || (at >= 4_000 && at < 5_000 && base.k % 2 === 0) ? fail(base) : base,
      ),
      CRASH,
    );
    within(fault?.recoveredAfterMs, 980, 1_500);
  });
});
