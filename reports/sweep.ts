/** A series of variants of a scenario as one thing: a curve per contestant over what is swept. Pure. */

import type { Contestant } from "./contestants.ts";
import { type Knee, kneeOf } from "./knee.ts";
import type { MetricKey } from "./metrics.ts";
import type { RunRecord } from "./record.ts";
import type { Remark } from "./remarks.ts";
import type { ScenarioSummary } from "./summary.ts";
import { sweepFindings, sweepHeadline, sweepRemarks } from "./sweep-sentences.ts";

type Place = NonNullable<RunRecord["scenarios"][number]["sweep"]>;

export interface SweepPoint {
  readonly value: number;
  readonly text: string;
  readonly scenario: ScenarioSummary;
}

/** One contestant over the series; null where it was not played. */
export interface Curve {
  readonly name: string;
  /** `name`, without the balancer where all have the same. */
  readonly label: string;
  readonly contestants: readonly (Contestant | null)[];
  readonly knee: Knee | null;
}

export interface SweepSummary extends Pick<Place, "label" | "unit" | "title"> {
  /** Of the scenario that is swept. */
  readonly name: string;
  readonly question: string | null;
  /** Rising. */
  readonly points: readonly SweepPoint[];
  readonly curves: readonly Curve[];
  /** The latency that knees are of. */
  readonly leading: MetricKey;
  readonly headline: string;
  readonly findings: readonly string[];
  readonly remarks: readonly Remark[];
}

/** `scenarios` are the summaries of all that the run's record lists, by position. */
export function sweepsOf(run: RunRecord, scenarios: readonly ScenarioSummary[]): readonly SweepSummary[] {
  const groups = new Map<string, { place: Place; points: SweepPoint[] }>();
  for (const [i, { sweep: place }] of run.scenarios.entries()) {
    if (place === undefined) continue;
    const group = groups.get(place.of) ?? { place, points: [] };
    group.points.push({ value: place.value, text: place.text, scenario: scenarios[i]! });
    groups.set(place.of, group);
  }
  return [...groups.values()].map(({ place, points }) => {
    const rising = points.sort((a, b) => a.value - b.value);
    const leading = leadingOf(rising);
    const curves = curvesOf(rising, leading);
    const { of: name, title, label, unit } = place;
    const told = { name, label, unit, leading, points: rising, curves };
    return {
      ...told,
      title,
      question: rising[0]?.scenario.question ?? null,
      headline: sweepHeadline(told),
      findings: sweepFindings(told),
      remarks: sweepRemarks(run, told),
    };
  });
}

/** A higher percentile is drawn when at least this share of all points has it. */
const REACHED = 0.75;

function leadingOf(points: readonly SweepPoint[]): MetricKey {
  const all = points.flatMap(({ scenario }) => scenario.contestants).filter(counts);
  const known = (key: MetricKey): number => all.filter((c) => c.values[key].value !== null).length;
  return (["p99", "p95", "p90", "p50"] as const).find((key) => known(key) >= REACHED * all.length) ?? "mean";
}

/** Its latency is worth drawing: neither invalid nor growing for as long as the trial lasts. */
export const counts = (c: Contestant | null): c is Contestant =>
  c !== null && c.status !== "invalid" && c.unstable === null;

function curvesOf(points: readonly SweepPoint[], leading: MetricKey): readonly Curve[] {
  const all = points.flatMap(({ scenario }) => scenario.contestants);
  const balancers = new Set(all.map(({ balancer }) => balancer));
  const names = new Map(all.map((c) => [c.name, balancers.size > 1 ? c.name : c.algorithm]));
  return [...names].map(([name, label]) => {
    const contestants = points.map(
      ({ scenario }) => scenario.contestants.find((c) => c.name === name) ?? null,
    );
    const drawn = contestants.flatMap((c, i) => {
      const { value: ms = null, interval = null } = counts(c) ? c.values[leading] : {};
      return ms === null ? [] : [{ x: points[i]!.value, ms, interval }];
    });
    return { name, label, contestants, knee: kneeOf(drawn) };
  });
}

/** Latencies that a sweep shows, the one of the knees first. */
export const sweepMetrics = ({ leading }: Pick<SweepSummary, "leading">): readonly MetricKey[] => [
  ...new Set<MetricKey>([leading, "mean", "p50"]),
];
