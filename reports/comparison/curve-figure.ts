import type { Figure, Point } from "../chart.ts";
import { chartConfig } from "../line-chart.ts";
import { METRICS, type MetricKey } from "../metrics.ts";
import { algorithmColour, balancerStyle } from "../palette.ts";
import { panelMarks, roundLimits, valueAxes } from "../panels.ts";
import { counts } from "../sweep.ts";
import { curveBand, curveLines, sweepLine, sweptAxis } from "../sweep-lines.ts";
import type { CurveComparison, PlacedPoint } from "./curves.ts";
import { agreementText } from "./differences.ts";
import { curveHead, curveRows } from "./text.ts";

/** Of the axis: contestants at the same value stand this far apart, so that none hides another. */
const STEP = 0.008;

/** The swept run's curves as lines, the other run's points on them with their intervals; null where neither has a figure. */
export function curveFigure(
  comparison: CurveComparison,
  runs: { readonly first: string; readonly second: string },
): Figure | null {
  const { sweep, lines } = comparison;
  const keys = [...new Set<MetricKey>([sweep.leading, "mean"])];
  const points = comparison.points.filter(({ contestant }) => counts(contestant));
  const known = keys.flatMap((key) => [
    ...sweep.curves.flatMap((curve) => sweepLine(sweep, curve, key).flatMap(({ y }) => y ?? [])),
    ...points.flatMap(({ contestant }) => {
      const { value, interval } = contestant.values[key];
      return [...(value === null ? [] : [value]), ...(interval ?? [])];
    }),
  ]);
  if (known.length === 0) return null;
  const panels = keys.map((key, i) => ({ axis: `y${i}`, label: METRICS[key].label, contestants: [] }));
  const ends = [...sweep.points.map(({ value }) => value), ...points.map(({ x }) => x)];
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  const agreement = agreementText(comparison.points.flatMap(({ differences }) => differences));
  return {
    title: `${sweep.title}: ${agreement ?? "points on the curves of the other run"}`,
    caption: `Latency against ${sweep.label}. Lines: ${runs[lines]}; points: ${runs[lines === "first" ? "second" : "first"]}; bars and shades: 95 % intervals. Points at the same value are drawn side by side.`,
    config: chartConfig({
      type: "line",
      datasets: keys.flatMap((key, i) => [
        ...sweep.curves.flatMap((curve) => curveLines(sweep, curve, key, `y${i}`).map(solid)),
        ...pointSets(points, key, `y${i}`, (to - from) * STEP),
        ...sweep.curves.flatMap((curve) => curveBand(sweep, curve, key, `y${i}`)),
      ]),
      scales: {
        x: sweptAxis(sweep.label, from, to),
        ...valueAxes(panels, { title: "latency", log: true, ...roundLimits(known) }),
      },
      marks: { unit: "ms", panels: panelMarks(panels), across: { label: sweep.label, unit: sweep.unit } },
      legend: true,
      topPadding: 40,
    }),
    height: 110 + panels.length * 240,
    table: { columns: curveHead(comparison), rows: curveRows(comparison) },
  };
}

/** The balancer that a simulation names is none: its line has no dash, and small marks where it was played. */
const solid = (line: object): object =>
  "evenkeelSilent" in line ? line : { ...line, borderDash: [], pointStyle: "circle", pointRadius: 1.5 };

/** One set of markers and one of interval bars for every contestant. */
function pointSets(
  points: readonly PlacedPoint[],
  key: MetricKey,
  axis: string,
  step: number,
): readonly object[] {
  const names = [...new Set(points.map(({ contestant }) => contestant.name))];
  return names.flatMap((name, i) => {
    const own = points.filter(({ contestant }) => contestant.name === name);
    const { algorithm, balancer, shown } = own[0]!.contestant;
    const colour = algorithmColour(algorithm);
    const shift = (i - (names.length - 1) / 2) * step;
    const base = {
      label: `${name}, ${shown.engine === "live" ? "live" : "simulated"}`,
      yAxisID: axis,
      backgroundColor: colour,
      spanGaps: false,
    };
    const figures = own.map(({ contestant, x }) => ({ x: x + shift, ...contestant.values[key] }));
    const markers: readonly Point[] = figures.map(({ x, value }) => ({ x, y: value }));
    const bars: readonly Point[] = figures.flatMap(({ x, interval }) =>
      interval === null ? [] : [...interval.map((y) => ({ x, y })), { x, y: null }],
    );
    return [
      {
        ...base,
        data: markers,
        showLine: false,
        borderColor: "ink",
        pointBorderWidth: 1,
        pointStyle: balancerStyle(balancer).marker,
        pointRadius: 6,
        pointHoverRadius: 8,
      },
      // A cap at each end is what a point looks like here.
      {
        ...base,
        data: bars,
        borderColor: colour,
        borderWidth: 1.5,
        pointStyle: "line",
        pointRadius: 5,
        evenkeelSilent: true,
      },
    ];
  });
}
