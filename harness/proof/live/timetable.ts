/** The timetable as the backends saw it: when each request reached one, by its own record. */
import { mean, median, standardDeviation } from "#kernel/statistics.ts";
import type { Row } from "../../rows.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { type Case, judge, unmeasured } from "../outcome.ts";
import type { Arrival, Bench } from "./bench.ts";

const RATE = 100;
/** Half a gap: a constant arrival that is less late stays in its slot, and a gap is what it was but for this. */
const HARMLESS_LAG_MS = 1_000 / RATE / 2;
const SLOT_MS = 100;
const GAP_SHARE = 0.001;
const DEVIATION_MS = 1;

export interface TimetableOptions {
  readonly balancers: readonly string[];
  readonly durationMs: number;
}

export type Kind = "constant" | "poisson";

export async function proveTimetable(
  bench: Bench,
  { balancers, durationMs }: TimetableOptions,
): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const kind of ["constant", "poisson"] as const) {
    const scenario = scenarioOf({
      name: `timetable-${kind}`,
      title: `Arrivals: ${kind}`,
      backends: { count: 2, workers: 4, service: { type: "constant", value: "1ms" } },
      traffic: {
        arrivals: { type: kind, rate: RATE, load: undefined },
        warmup: "500ms",
        duration: `${durationMs}ms`,
      },
      contestants: { balancers, algorithms: ["round-robin"] },
    });
    const { played } = await bench.play(scenario, { harmlessLagMs: HARMLESS_LAG_MS });
    for (const { rows, arrivals, strain, broken } of played)
      cases.push(
        ...(broken.length > 0
          ? [
              unmeasured(
                { id: `live/timetable/${kind}`, title: `timetable: ${kind}` },
                "fails",
                broken.join("; "),
              ),
            ]
          : judgeTimetable(kind, rows, arrivals, strain)),
      );
  }
  return cases;
}

/** Arrivals in order of time against the rows' due instants. */
export function judgeTimetable(
  kind: Kind,
  rows: readonly Row[],
  arrivals: readonly Arrival[],
  strain: readonly string[] = [],
): readonly Case[] {
  const due = new Map(rows.map(({ k, dueUs }) => [k, dueUs / 1_000]));
  const offsets = arrivals.map(({ k, atNs }) => atNs / 1e6 - (due.get(k) ?? Number.NaN));
  const offset = median(offsets);
  const atMs = arrivals.map(({ atNs }) => atNs / 1e6 - offset);
  const gaps = atMs.slice(1).map((at, before) => at - (atMs[before] as number));
  const [firstMs, lastMs] = [Math.min(...due.values()), Math.max(...due.values())];
  const dueGap = (lastMs - firstMs) / (due.size - 1);
  const late = rows.filter(({ sentUs }) => Number.isNaN(sentUs)).length;
  const findings: readonly Finding[] = [
    {
      name: "deviation",
      unit: "ms",
      theory: 0,
      measured: median(offsets.map((each) => Math.abs(each - offset))),
      bound: DEVIATION_MS,
      note: "median distance of arrival from due, their common offset taken away",
    },
    {
      name: "mean-gap",
      unit: "ms",
      theory: dueGap,
      measured: mean(gaps),
      // The first and the last arrival alone decide, and each may be late.
      bound: Math.max(GAP_SHARE * dueGap, HARMLESS_LAG_MS / (due.size - 1)),
      note: `planned rate ${RATE}/s`,
    },
    // Slots begin in the middle between two requests, so that no edge lies on one.
    ...(kind === "constant"
      ? constantFindings(countsOf(atMs, firstMs - 500 / RATE))
      : poissonFindings(gaps, countsOf(atMs, 0))),
  ];
  const toCase = ({ name, ...values }: Finding, disturbed: readonly string[]): Case =>
    judge({
      id: `live/timetable/${kind}/${name}`,
      title: `timetable: ${kind}: ${name.replaceAll("-", " ")}`,
      ...values,
      strain: disturbed,
    });
  const counted: Finding = {
    name: "requests",
    unit: "requests",
    theory: rows.length,
    measured: arrivals.length,
    bound: 0,
    note: "each reached a backend once, by its own record",
  };
  return [
    toCase(counted, late > 0 ? [`${late} requests were not sent in time`] : []),
    ...findings.map((finding) => toCase(finding, strain)),
  ];
}

interface Finding {
  readonly name: string;
  readonly unit: string;
  readonly theory: number;
  readonly measured: number;
  readonly bound: number;
  readonly note: string;
}

function constantFindings(counts: readonly number[]): readonly Finding[] {
  const expected = (RATE * SLOT_MS) / 1_000;
  const farthest = counts.reduce(
    (most, count) => (Math.abs(count - expected) > Math.abs(most - expected) ? count : most),
    expected,
  );
  const note = `the farthest of ${counts.length}`;
  return [
    { name: "counts-per-100-ms", unit: "requests", theory: expected, measured: farthest, bound: 1, note },
  ];
}

function poissonFindings(gaps: readonly number[], counts: readonly number[]): readonly Finding[] {
  const root = Math.sqrt(gaps.length);
  return [
    {
      name: "variation-of-gaps",
      unit: "deviation / mean",
      theory: 1,
      measured: standardDeviation(gaps) / mean(gaps),
      bound: Math.max(0.02, 3 / root),
      note: "exponential gaps: 1",
    },
    {
      name: "dispersion-per-100-ms",
      unit: "variance / mean",
      theory: 1,
      measured: standardDeviation(counts) ** 2 / mean(counts),
      bound: Math.max(0.1, 3 * Math.sqrt(2 / (counts.length - 1))),
      note: "Poisson counts: 1",
    },
    {
      name: "distance-from-exponential",
      unit: "probability",
      theory: 0,
      measured: exponentialDistance(gaps),
      bound: 1.95 / root,
      note: "Kolmogorov, Smirnov: exceeded once in 1,000",
    },
    {
      name: "memory-of-gaps",
      unit: "correlation",
      theory: 0,
      measured: autocorrelation(gaps),
      bound: 3 / root,
      note: "of neighbours",
    },
  ];
}

/** Arrivals per slot of SLOT_MS from `fromMs`; the last slot, which is not whole, is left out. */
function countsOf(atMs: readonly number[], fromMs: number): readonly number[] {
  const counts: number[] = new Array(Math.floor(((atMs.at(-1) as number) - fromMs) / SLOT_MS)).fill(0);
  for (const at of atMs) {
    const slot = Math.floor((at - fromMs) / SLOT_MS);
    if (slot >= 0 && slot < counts.length) counts[slot]! += 1;
  }
  return counts;
}

function exponentialDistance(gaps: readonly number[]): number {
  const centre = mean(gaps);
  const sorted = Float64Array.from(gaps).sort();
  return sorted.reduce((most, gap, at) => {
    const expected = -Math.expm1(-gap / centre);
    return Math.max(
      most,
      Math.abs((at + 1) / sorted.length - expected),
      Math.abs(expected - at / sorted.length),
    );
  }, 0);
}

function autocorrelation(values: readonly number[]): number {
  const centre = mean(values);
  let products = 0;
  let squares = 0;
  for (const [at, value] of values.entries()) {
    squares += (value - centre) ** 2;
    if (at > 0) products += (value - centre) * ((values[at - 1] as number) - centre);
  }
  return products / squares;
}
