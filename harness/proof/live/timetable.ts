/** The timetable as the backends saw it: when each request reached one, by its own record. */
import { mean, median, standardDeviation } from "#kernel/statistics.ts";
import type { Row } from "../../rows.ts";
import { scenarioOf } from "../../simulation/testkit.ts";
import { type Case, judge, unmeasured } from "../outcome.ts";
import type { Arrival, Bench } from "./bench.ts";

const RATE = 400;
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
    const { played } = await bench.play(scenario);
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
  const of = (
    name: string,
    unit: string,
    theory: number,
    measured: number,
    bound: number,
    note: string,
    disturbed = strain,
  ): Case =>
    judge({
      id: `live/timetable/${kind}/${name}`,
      title: `timetable: ${kind}: ${name.replaceAll("-", " ")}`,
      unit,
      theory,
      measured,
      bound,
      note,
      strain: disturbed,
    });
  const due = new Map(rows.map(({ k, dueUs }) => [k, dueUs / 1_000]));
  const offsets = arrivals.map(({ k, atNs }) => atNs / 1e6 - (due.get(k) ?? Number.NaN));
  const offset = median(offsets);
  const deviation = median(offsets.map((each) => Math.abs(each - offset)));
  const atMs = arrivals.map(({ atNs }) => atNs / 1e6 - offset);
  const gaps = atMs.slice(1).map((at, before) => at - (atMs[before] as number));
  const dueGap = (Math.max(...due.values()) - Math.min(...due.values())) / (due.size - 1);
  return [
    of(
      "requests",
      "requests",
      rows.length,
      arrivals.length,
      0,
      "each reached a backend once, by its own record",
    ),
    of(
      "deviation",
      "ms",
      0,
      deviation,
      DEVIATION_MS,
      "median distance of arrival from due, their common offset taken away",
    ),
    of("mean-gap", "ms", dueGap, mean(gaps), GAP_SHARE * dueGap, `planned rate ${RATE}/s`),
    ...(kind === "constant" ? constantCases(atMs, of) : poissonCases(atMs, gaps, of)),
  ];
}

type Of = (name: string, unit: string, theory: number, measured: number, bound: number, note: string) => Case;

function constantCases(atMs: readonly number[], of: Of): readonly Case[] {
  // Slots begin in the middle between two requests, so that no edge lies on one.
  const counts = countsOf(atMs, (atMs[0] as number) - 500 / RATE);
  const expected = (RATE * SLOT_MS) / 1_000;
  const farthest = counts.reduce(
    (most, count) => (Math.abs(count - expected) > Math.abs(most - expected) ? count : most),
    expected,
  );
  return [of("counts-per-100-ms", "requests", expected, farthest, 1, `the farthest of ${counts.length}`)];
}

function poissonCases(atMs: readonly number[], gaps: readonly number[], of: Of): readonly Case[] {
  const counts = countsOf(atMs, 0);
  const variation = standardDeviation(gaps) / mean(gaps);
  const dispersion = standardDeviation(counts) ** 2 / mean(counts);
  const root = Math.sqrt(gaps.length);
  return [
    of(
      "variation-of-gaps",
      "deviation / mean",
      1,
      variation,
      Math.max(0.02, 3 / root),
      "exponential gaps: 1",
    ),
    of(
      "dispersion-per-100-ms",
      "variance / mean",
      1,
      dispersion,
      Math.max(0.1, 3 * Math.sqrt(2 / (counts.length - 1))),
      "Poisson counts: 1",
    ),
    of(
      "distance-from-exponential",
      "probability",
      0,
      exponentialDistance(gaps),
      1.95 / root,
      "Kolmogorov, Smirnov: exceeded once in 1,000",
    ),
    of("memory-of-gaps", "correlation", 0, autocorrelation(gaps), 3 / root, "of neighbours"),
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
