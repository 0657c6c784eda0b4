/** Small multiples in one chart: value axes stacked over each other that share the horizontal axis. */
import type { Marks } from "./chart.ts";
import type { Contestant } from "./contestants.ts";
import { backendsText, groupFaults } from "./fault-groups.ts";
import type { ScenarioSummary } from "./summary.ts";

export interface Panel {
  readonly axis: string;
  readonly label: string;
  readonly contestants: readonly Contestant[];
}

/** Above this many lines a chart is split by balancer. */
const MOST_LINES = 6;

/** One panel with every contestant, or one per balancer when that is too many to tell apart. */
export function linePanels(contestants: readonly Contestant[]): readonly Panel[] {
  if (contestants.length <= MOST_LINES) return [{ axis: "y", label: "", contestants }];
  const balancers = [...new Set(contestants.map((c) => c.balancer))];
  return balancers.map((balancer, i) => ({
    axis: `y${i}`,
    label: balancer,
    contestants: contestants.filter((c) => c.balancer === balancer),
  }));
}

export const contestantPanels = (contestants: readonly Contestant[]): readonly Panel[] =>
  contestants.map((c, i) => ({ axis: `y${i}`, label: c.name, contestants: [c] }));

export interface ValueAxis {
  readonly title: string;
  readonly min: number;
  readonly max: number;
  readonly log?: boolean;
  readonly stacked?: boolean;
  readonly ticks?: number;
  /** Between ticks of a linear axis. */
  readonly stepSize?: number;
  /** That of the marks when it is left out. */
  readonly unit?: Marks["unit"];
}

/** Equal axes for all panels, first panel on top. */
export function valueAxes(panels: readonly Panel[], axis: ValueAxis): Record<string, object> {
  return Object.fromEntries(
    panels.map((panel, i) => [
      panel.axis,
      {
        axis: "y",
        type: axis.log ? "logarithmic" : "linear",
        evenkeelValue: true,
        ...(axis.unit === undefined ? {} : { evenkeelUnit: axis.unit }),
        min: axis.min,
        max: axis.max,
        stacked: axis.stacked ?? false,
        offset: panels.length > 1,
        position: "left",
        ...(panels.length > 1 ? { stack: "panels", stackWeight: 1, weight: panels.length - i } : {}),
        title: { display: true, text: axis.title, font: { size: 11 } },
        ticks: {
          maxTicksLimit: axis.ticks ?? 8,
          autoSkip: true,
          font: { size: 11 },
          ...(axis.stepSize === undefined ? {} : { stepSize: axis.stepSize }),
        },
      },
    ]),
  );
}

export const secondsAxis = (scenario: ScenarioSummary): object => ({
  type: "linear",
  min: 0,
  max: scenario.seconds,
  title: { display: true, text: "seconds since the end of warm-up" },
  ticks: { maxTicksLimit: 16, precision: 0 },
});

/** Planned faults as shaded windows, each fault named once; the longest end is cut at the end of the chart. */
export function faultWindows(
  scenario: ScenarioSummary,
): readonly { from: number; to: number; label: string }[] {
  const faults = scenario.contestants.find((c) => c.shown.faults.length > 0)?.shown.faults ?? [];
  return groupFaults(faults).flatMap((group) =>
    group.windows.map((fault, i) => ({
      from: fault.at / 1_000,
      to: Math.min((fault.at + fault.for) / 1_000, scenario.seconds),
      label: i === 0 ? `${group.type}, ${backendsText(group)}` : "",
    })),
  );
}

/** Markers at the edge stay whole. */
const MARGIN = 1.08;

/** 1, 2 or 5 times a power of ten, below and above all values. */
export function roundLimits(values: readonly number[]): { readonly min: number; readonly max: number } {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return { min: 0.1, max: 1 };
  return {
    min: step(Math.min(...positive) / MARGIN, false),
    max: step(Math.max(...positive) * MARGIN, true),
  };
}

function step(value: number, up: boolean): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = value / power;
  const leads = up ? [1, 2, 5, 10] : [5, 2, 1];
  const found = up ? leads.find((l) => l >= lead - 1e-9) : leads.find((l) => l <= lead + 1e-9);
  return Number(((found ?? 1) * power).toPrecision(3));
}

export const panelMarks = (panels: readonly Panel[]): readonly { axis: string; label: string }[] =>
  panels.filter((panel) => panel.label !== "").map(({ axis, label }) => ({ axis, label }));

/** Contestants whose trials count; invalid ones are in the tables only. */
export const drawn = (scenario: ScenarioSummary): readonly Contestant[] =>
  scenario.contestants.filter((c) => c.status !== "invalid");

/** In one panel a line is a contestant; split by balancer, the heading names the balancer. */
export const lineLabel = (panel: Panel, contestant: Contestant): string =>
  panel.label === "" ? contestant.name : contestant.algorithm;
