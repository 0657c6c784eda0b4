/** The judging of live trials, on records that are made up: what is right holds, what is a little wrong fails. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "#kernel/rng.ts";
import { createArrivals } from "../../../scenarios/arrivals/arrivals.ts";
import { row } from "../../measure/test-rows.ts";
import type { Row } from "../../rows.ts";
import type { Case } from "../outcome.ts";
import { type Arrival, conditionOf } from "./bench.ts";
import { judgeMerging } from "./merging.ts";
import { intervalOf } from "./null-test.ts";
import { judgeStall } from "./stall.ts";
import { judgeTimetable, type Kind } from "./timetable.ts";

const failed = (cases: readonly Case[]): readonly string[] =>
  cases.filter(({ verdict }) => verdict !== "holds").map(({ id }) => id.split("/").at(-1) ?? "");

const SECONDS = 20;

function timetable(kind: Kind, rate: number): readonly Row[] {
  const rows: Row[] = [];
  for (const atMs of createArrivals(
    { type: kind, rate },
    { capacity: 1, windowMs: SECONDS * 1_000 },
    createRng(11),
  )) {
    if (atMs >= SECONDS * 1_000) break;
    rows.push(row({ k: rows.length, dueUs: atMs * 1_000 }));
  }
  return rows;
}

/** Reached a backend 7 s of another clock later, with up to 0.4 ms of noise. */
const arrivalsOf = (rows: readonly Row[], change = (us: number): number => us): readonly Arrival[] =>
  rows
    .map(({ k, dueUs }) => ({ k, atNs: (change(dueUs) + 7e6 + ((k * 7_919) % 400)) * 1_000 }))
    .sort((a, b) => a.atNs - b.atNs);

for (const kind of ["constant", "poisson"] as const) {
  test(`${kind} arrivals on their timetable hold`, () => {
    const rows = timetable(kind, 100);
    assert.deepEqual(failed(judgeTimetable(kind, rows, arrivalsOf(rows))), []);
  });
}

test("a request that came twice or never, a clock that is 1 % fast, and bursts are noticed", () => {
  const rows = timetable("constant", 100);
  assert.deepEqual(failed(judgeTimetable("constant", rows, arrivalsOf(rows.slice(1)))), ["requests"]);
  const fast = failed(
    judgeTimetable(
      "constant",
      rows,
      arrivalsOf(rows, (us) => us * 0.99),
    ),
  );
  assert.ok(fast.includes("mean-gap") && fast.includes("deviation"), fast.join());
  const bursts = failed(
    judgeTimetable(
      "constant",
      rows,
      arrivalsOf(rows, (us) => us - (us % 250_000)),
    ),
  );
  assert.ok(bursts.includes("counts-per-100-ms"), bursts.join());
  const regular = timetable("constant", 100);
  const memory = failed(judgeTimetable("poisson", regular, arrivalsOf(regular)));
  for (const name of ["variation-of-gaps", "dispersion-per-100-ms", "distance-from-exponential"])
    assert.ok(memory.includes(name), memory.join());
});

/** A request is due every 4 ms; 1,000 per second are drained, so what waits grows by 3/4 of the time. */
function stalled(stallMs: number, lateMs = 0): readonly Row[] {
  const rows: Row[] = [];
  for (let k = 0; k < 250 * SECONDS; k++) {
    const dueMs = 4 * k;
    const into = dueMs - 6_000;
    const drain = stallMs - 0.75 * into;
    const waitMs = into >= 0 && drain > 0 ? drain + lateMs : 0;
    rows.push(row({ k, dueUs: dueMs * 1_000, endedUs: (dueMs + 3 + waitMs) * 1_000 }));
  }
  return rows;
}

test("a stall holds against the formula with its true length, and fails with another", () => {
  const about = { id: "live/stall/x", title: "stall" };
  const window = { fromMs: 6_000, untilMs: 7_000, durationMs: SECONDS * 1_000 };
  assert.deepEqual(failed(judgeStall(about, stalled(1_000), window, [])), []);
  assert.deepEqual(failed(judgeStall(about, stalled(1_000), { ...window, untilMs: 7_020 }, [])), [
    "p99",
    "p99.9",
    "mean",
  ]);
  assert.deepEqual(failed(judgeStall(about, stalled(1_000, -40), window, [])), ["p99", "p99.9", "mean"]);
  // Coordinated omission: who waits for an answer does not send, and the stall is seen by a few alone.
  const omitted = stalled(1_000).filter(({ dueUs }) => dueUs <= 6_008_000 || dueUs > 7_333_000);
  assert.ok(failed(judgeStall(about, omitted, window, [])).includes("p99"));
});

test("two that differ by noise alone are within the interval, a difference beyond what repeats differ by is not", () => {
  const rng = createRng(5);
  const noise = (shift: number): readonly number[] =>
    Array.from({ length: 2_000 }, () => shift + rng.next() - 0.5);
  const beyond = ({ measured, bound }: ReturnType<typeof intervalOf>): boolean => Math.abs(measured) > bound;
  assert.equal(beyond(intervalOf([noise(0), noise(0)])), false);
  assert.equal(beyond(intervalOf([noise(0.2), noise(0.21)])), true);
  assert.equal(beyond(intervalOf([noise(0.2), noise(-0.15)])), false);
});

test("shards merged are the whole, and failures lower nothing", () => {
  const rng = createRng(3);
  const rows = Array.from({ length: 1_000 }, (_, k) =>
    row({ k, endedUs: -20_000 * Math.log1p(-rng.next()) }),
  );
  assert.deepEqual(failed(judgeMerging("open", rows)), []);
});

test("a suspect trial is broken by Little's law only when nothing disturbed it; an invalid one is broken", () => {
  const little = "Little's law is off: 3.4 requests in flight as sampled, 3.3 by the rows, limit 0.03 apart";
  const late = "requests were sent late: send lag p99 5.00 ms, limit 1.00 ms";
  const counts = "counts do not add up: sent 3, but 2 were accounted for";
  const condition = (status: "valid" | "suspect" | "invalid", reasons: string[], harmlessLagMs = 0) =>
    conditionOf(
      {
        verdict: { status, reasons },
        sendLagMs: { p99: 5 },
        resources: { backendLagP99Ms: null },
      },
      harmlessLagMs,
    );
  assert.deepEqual(condition("suspect", [little]), { strain: [], broken: [little] });
  assert.deepEqual(condition("suspect", [late, little]), { strain: [late, little], broken: [] });
  assert.deepEqual(condition("invalid", [counts, late]), { strain: [late], broken: [counts] });
  assert.deepEqual(condition("valid", []), { strain: [], broken: [] });
  // A part whose bounds are wide enough is judged all the same.
  assert.deepEqual(condition("suspect", [late], 4.9), { strain: [late], broken: [] });
  assert.deepEqual(condition("suspect", [late], 5), { strain: [], broken: [] });
});
