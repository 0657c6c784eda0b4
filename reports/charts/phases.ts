import type { Chart } from "../chart.ts";
import type { Contestant } from "../contestants.ts";
import { showMs, showTimes } from "../figures.ts";
import { chartConfig, contestantLine } from "../line-chart.ts";
import { drawn, lineLabel, linePanels, type Panel, roundLimits, valueAxes } from "../panels.ts";
import { phaseTable } from "../phase-tables.ts";
import { latencyOf, phaseFigure, phasePercentile, phasesOf } from "../phases.ts";

/** Latency and goodput before, during and after the faults, a line per contestant. */
export const chart: Chart = {
  name: "phases",
  summary: "Latency and goodput before, during and after the faults.",
  figure(scenario) {
    const contestants = drawn(scenario).filter((c) => c.shown.impact !== null);
    const phases = phasesOf(contestants);
    if (contestants.length === 0 || phases.length < 2) return null;
    const key = phasePercentile(contestants);
    const latencies = (c: Contestant): readonly (number | null)[] =>
      phases.map((phase) => finite(phaseFigure(c, phase, latencyOf(key))?.median));
    const goodputs = (c: Contestant): readonly (number | null)[] =>
      phases.map((phase) => finite(phaseFigure(c, phase, ({ goodput }) => goodput)?.median));
    const own = linePanels(contestants);
    const upper = own.map((panel, i): Panel => ({ ...panel, axis: `y${i}` }));
    const lower = own.map((panel, i): Panel => ({ ...panel, axis: `y${own.length + i}` }));
    const all = [...upper, ...lower];
    const lines = (panels: readonly Panel[], of: typeof latencies, unit: string): readonly object[] =>
      panels.flatMap((panel) =>
        panel.contestants.map((c) => ({
          ...contestantLine(c, lineLabel(panel, c), panel.axis, of(c), 4.5),
          evenkeelUnit: unit,
        })),
      );
    const limits = decadeOf(contestants.flatMap((c) => latencies(c).flatMap((value) => value ?? [])));
    const most = Math.max(1, ...contestants.flatMap((c) => goodputs(c).flatMap((value) => value ?? [])));
    const objective = contestants[0]?.shown.impact?.objective.latencyMs ?? 0;
    const axes = valueAxes(all, { title: `${key} latency`, log: true, ...limits });
    const rates = valueAxes(all, {
      title: "goodput",
      min: 0,
      ...roundSteps(most),
      unit: "perSecond",
    });
    const lowerAxes = new Set(lower.map(({ axis }) => axis));
    return {
      title: title(contestants, latencies, key),
      caption: `Above: ${key} of the requests of each phase; a gap: not reached (failures), or too few requests. Below: goodput, requests answered within ${showMs(objective)}, per second. Medians over repeats.`,
      config: chartConfig({
        type: "line",
        labels: phases.map((phase) => (phase === "during" ? "during the faults" : phase)),
        datasets: [...lines(upper, latencies, "ms"), ...lines(lower, goodputs, "perSecond")],
        scales: {
          x: { type: "category", offset: true },
          ...Object.fromEntries(
            all.map(({ axis }) => [axis, lowerAxes.has(axis) ? rates[axis] : axes[axis]] as [string, object]),
          ),
        },
        marks: {
          unit: "ms",
          panels: all.map(({ axis, label }) => ({
            axis,
            label: [lowerAxes.has(axis) ? "goodput" : `${key} latency`, label].filter(Boolean).join(", "),
          })),
        },
        legend: true,
        topPadding: 24,
      }),
      height: 110 + all.length * 165,
      table: phaseTable(scenario.contestants),
    };
  },
};

/** Four or five round steps up to above a value, with room for a marker. */
function roundSteps(value: number): { readonly max: number; readonly stepSize: number } {
  const power = 10 ** Math.floor(Math.log10(value / 4));
  const stepSize = power * ([1, 2, 2.5, 5, 10].find((lead) => lead * power >= value / 4) ?? 10);
  return { max: Math.ceil((value * 1.08) / stepSize) * stepSize, stepSize };
}

/** Limits far enough apart for more than one tick. */
function decadeOf(values: readonly number[]): { readonly min: number; readonly max: number } {
  const { min, max } = roundLimits(values);
  return max / min >= 10 ? { min, max } : { min: roundLimits([min / 1.5]).min, max };
}

const finite = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : value;

/** By what the faults do to the percentile: who suffers least and most. */
function title(
  contestants: readonly Contestant[],
  latencies: (c: Contestant) => readonly (number | null)[],
  key: string,
): string {
  const grown = contestants
    .flatMap((c) => {
      const [before, during] = latencies(c);
      return before && during ? [{ name: c.name, ratio: during / before }] : [];
    })
    .sort((a, b) => a.ratio - b.ratio);
  const [least, most] = [grown[0], grown.at(-1)];
  if (least === undefined || most === undefined || grown.length < contestants.length)
    return "Before, during and after the faults";
  if (least === most || showTimes(least.ratio) === showTimes(most.ratio))
    return `During the faults ${key} is ${showTimes(most.ratio)} that before`;
  return `During the faults ${key} is ${showTimes(least.ratio)} that before with ${least.name}, ${showTimes(most.ratio)} with ${most.name}`;
}
