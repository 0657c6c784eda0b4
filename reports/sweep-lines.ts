/** Curves of a sweep as Chart.js datasets. */
import type { Point } from "./chart.ts";
import { contestantLine } from "./line-chart.ts";
import type { MetricKey } from "./metrics.ts";
import { algorithmColour } from "./palette.ts";
import { type Curve, counts, type SweepSummary } from "./sweep.ts";

export const sweepLine = (sweep: SweepSummary, { contestants }: Curve, key: MetricKey): readonly Point[] =>
  sweep.points.map(({ value }, i) => {
    const c = contestants[i] ?? null;
    return { x: value, y: counts(c) ? c.values[key].value : null };
  });

/** The curve, and a ring around its knee in the metric that knees are of. */
export function curveLines(
  sweep: SweepSummary,
  curve: Curve,
  key: MetricKey,
  axis: string,
): readonly object[] {
  const first = curve.contestants.find((c) => c !== null);
  if (first === undefined || first === null) return [];
  const { knee } = curve;
  const drawn = contestantLine(first, curve.label, axis, sweepLine(sweep, curve, key), 3);
  if (knee === null || key !== sweep.leading) return [drawn];
  const at = contestantLine(first, curve.label, axis, [{ x: knee.x, y: knee.ms }], 9);
  // A ring around the place, not a point of the curve.
  const ring = { ...at, pointStyle: "circle", backgroundColor: "transparent", pointBorderWidth: 2.5 };
  return [drawn, { ...ring, evenkeelSilent: true }];
}

/** The 95 % interval between two lines that are not drawn themselves. */
export function curveBand(
  sweep: SweepSummary,
  { label, contestants }: Curve,
  key: MetricKey,
  axis: string,
): readonly object[] {
  const first = contestants.find((c) => c !== null);
  if (!contestants.some((c) => counts(c) && c.values[key].interval !== null)) return [];
  const colour = algorithmColour(first?.algorithm ?? "").replace("ink", "#8a8a8a");
  const end = (at: 0 | 1): readonly Point[] =>
    sweep.points.map(({ value }, i) => {
      const c = contestants[i] ?? null;
      return { x: value, y: counts(c) ? (c.values[key].interval?.[at] ?? null) : null };
    });
  const silent = {
    label,
    yAxisID: axis,
    borderWidth: 0,
    pointRadius: 0,
    pointHoverRadius: 0,
    evenkeelSilent: true,
  };
  return [
    { ...silent, data: end(1), fill: "+1", backgroundColor: `${colour}2b` },
    { ...silent, data: end(0), fill: false },
  ];
}

/** What is swept, from `min` to `max`, beside other axes. */
export const sweptAxis = (label: string, min: number, max: number): object => ({
  type: "linear",
  min,
  max,
  title: { display: true, text: label },
  ticks: { maxTicksLimit: 20 },
});
