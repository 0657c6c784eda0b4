import type { ChartConfiguration, ChartType } from "chart.js";
import type { ScenarioSummary } from "./summary.ts";
import type { SweepSummary } from "./sweep.ts";

/** One chart of a scenario: one file in `charts/` exports one of these as `chart`. */
export interface Chart {
  /** Part of the file name. */
  readonly name: string;
  /** One sentence for the docs. */
  readonly summary: string;
  /** Null when the scenario has nothing to draw here. */
  figure(scenario: ScenarioSummary): Figure | null;
  /** Of a chart that shows a series of variants: null when there is nothing to draw. */
  sweepFigure?(sweep: SweepSummary): Figure | null;
}

export interface Figure {
  /** What the chart shows, as a finding. */
  readonly title: string;
  readonly caption: string;
  /** JSON only, so that it travels into a page: what needs functions is in `options.plugins.evenkeel`, brought to life by `revive`. */
  readonly config: ChartConfig;
  /** Height in px at a width of 960. */
  readonly height: number;
  /** The same data as a table. */
  readonly table: FigureTable;
}

export interface FigureTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export type ChartConfig = ChartConfiguration<
  ChartType,
  readonly (number | null | Point | readonly [number, number])[]
>;
export interface Point {
  readonly x: number;
  readonly y: number | null;
}

/** What our own plugin draws, in the units of the axes. */
export interface Marks {
  /** Unit of the value axes. */
  readonly unit: "ms" | "perSecond" | "share" | "count";
  /** Times of faults, shaded over every panel, in seconds. */
  readonly windows?: readonly { readonly from: number; readonly to: number; readonly label: string }[];
  /** Small multiples: value axes stacked over each other, each with a heading and instants of its own. */
  readonly panels?: readonly {
    readonly axis: string;
    readonly label: string;
    readonly instants?: readonly { readonly at: number; readonly label: string }[];
  }[];
  /** Intervals per position on the category axis of horizontal bars. */
  readonly whiskers?: readonly (readonly [number, number] | null)[];
  /** Text at the end of each horizontal bar. */
  readonly labels?: readonly string[];
  /** What the horizontal axis is, where it is not seconds. */
  readonly across?: { readonly label: string; readonly unit: SweepSummary["unit"] };
  /** A line across at this value. */
  readonly reference?: { readonly value: number; readonly label: string };
}

export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly shade: string;
  readonly font: string;
  readonly background: string;
}

export const LIGHT: Theme = {
  ink: "#1b1f24",
  muted: "#57606a",
  grid: "#dfe3e8",
  shade: "rgba(213,94,0,0.12)",
  font: "",
  background: "#ffffff",
};
