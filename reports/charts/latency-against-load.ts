import type { Chart, Point } from "../chart.ts";
import { showMs } from "../figures.ts";
import { chartConfig, contestantLine } from "../line-chart.ts";
import { METRICS, type MetricKey } from "../metrics.ts";
import { algorithmColour } from "../palette.ts";
import { panelMarks, roundLimits, valueAxes } from "../panels.ts";
import { type Curve, counts, type SweepSummary, sweepMetrics } from "../sweep.ts";
import { kneeText } from "../sweep-sentences.ts";

/** Latency over what a series of variants differs in, a curve per contestant, with its knee. */
export const chart: Chart = {
  name: "latency-against-load",
  summary: "Of a sweep: latency against the swept value, a curve per contestant, with its knee.",
  figure: () => null,
  sweepFigure(sweep) {
    const keys = sweepMetrics(sweep);
    const values = keys.flatMap((key) => sweep.curves.flatMap((curve) => line(sweep, curve, key)));
    const known = values.flatMap(({ y }) => y ?? []);
    if (known.length === 0) return null;
    const panels = keys.map((key, i) => ({ axis: `y${i}`, label: METRICS[key].label, contestants: [] }));
    const ends = sweep.points.map(({ value }) => value);
    return {
      title: title(sweep),
      caption: `Latency against ${sweep.label}, ${keys.map((key) => METRICS[key].label).join(", ")}; shaded: 95 % interval. A ring is the knee: where ${METRICS[sweep.leading].label} has become twice that of the calm end of its curve. A gap: unstable, not reached, or too few requests.`,
      config: chartConfig({
        type: "line",
        datasets: keys.flatMap((key, i) => [
          ...sweep.curves.flatMap((curve) => curveLines(sweep, curve, key, `y${i}`)),
          ...sweep.curves.flatMap((curve) => band(sweep, curve, key, `y${i}`)),
        ]),
        scales: {
          x: {
            type: "linear",
            min: Math.min(...ends),
            max: Math.max(...ends),
            title: { display: true, text: sweep.label },
            ticks: { maxTicksLimit: 20 },
          },
          ...valueAxes(panels, { title: "latency", log: true, ...roundLimits(known) }),
        },
        marks: {
          unit: "ms",
          panels: panelMarks(panels),
          across: { label: sweep.label, unit: sweep.unit },
        },
        legend: true,
        topPadding: 40,
      }),
      height: 110 + panels.length * 190,
      table: {
        columns: [
          sweep.label,
          "contestant",
          ...keys.map((key) => METRICS[key].label),
          "95 % interval",
          "knee",
        ],
        rows: sweep.points.flatMap(({ text }, i) =>
          sweep.curves.flatMap((curve) => {
            const c = curve.contestants[i] ?? null;
            if (c === null) return [];
            const { interval } = c.values[sweep.leading];
            return [
              [
                text,
                `${curve.label}${c.unstable === null ? "" : " ↗"}${c.status === "invalid" ? " ✗" : ""}`,
                ...keys.map((key) => (c.values[key].value === null ? "–" : showMs(c.values[key].value!))),
                interval === null ? "–" : `${showMs(interval[0])} to ${showMs(interval[1])}`,
                curve.knee === null ? "–" : kneeText(sweep, curve),
              ],
            ];
          }),
        ),
      },
    };
  },
};

const line = (sweep: SweepSummary, { contestants }: Curve, key: MetricKey): readonly Point[] =>
  sweep.points.map(({ value }, i) => {
    const c = contestants[i] ?? null;
    return { x: value, y: counts(c) ? c.values[key].value : null };
  });

function curveLines(sweep: SweepSummary, curve: Curve, key: MetricKey, axis: string): readonly object[] {
  const first = curve.contestants.find((c) => c !== null);
  if (first === undefined || first === null) return [];
  const { knee } = curve;
  const drawn = contestantLine(first, curve.label, axis, line(sweep, curve, key), 3);
  if (knee === null || key !== sweep.leading) return [drawn];
  const at = contestantLine(first, curve.label, axis, [{ x: knee.x, y: knee.ms }], 9);
  // A ring around the place, not a point of the curve.
  const ring = { ...at, pointStyle: "circle", backgroundColor: "transparent", pointBorderWidth: 2.5 };
  return [drawn, { ...ring, evenkeelSilent: true }];
}

/** The 95 % interval between two lines that are not drawn themselves. */
function band(
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

function title(sweep: SweepSummary): string {
  const text = sweep.headline.replace(/\.$/, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
