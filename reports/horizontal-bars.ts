import type { ChartConfig, Marks } from "./chart.ts";
import { chartConfig } from "./line-chart.ts";

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly interval: readonly [number, number] | null;
  readonly colour: string;
  /** At its end instead of its value. */
  readonly text?: string;
}

interface Parts {
  readonly bars: readonly Bar[];
  /** Of the bars, for the tooltip. */
  readonly label: string;
  /** Of the value axis. */
  readonly axis: string;
  readonly unit: Marks["unit"];
  readonly show: (value: number) => string;
  /** A line across at this value. */
  readonly reference?: Marks["reference"];
  /** Of a bar, as a share of its place. */
  readonly thickness: number;
  /** Room for the texts at the ends of bars, in px. */
  readonly right: number;
}

/** One bar below the other from 0 on, each with its value at its end and its interval as a whisker. */
export function horizontalBars(parts: Parts): ChartConfig {
  const { bars, label, axis, unit, show, reference, thickness, right } = parts;
  const highest = Math.max(
    reference?.value ?? 0,
    ...bars.flatMap(({ value, interval }) => [value, interval?.[1] ?? 0]),
  );
  return chartConfig({
    type: "bar",
    labels: bars.map(({ name }) => name),
    datasets: [
      {
        label,
        data: bars.map(({ value }) => value),
        backgroundColor: bars.map(({ colour }) => colour),
        barPercentage: thickness,
        categoryPercentage: 0.9,
      },
    ],
    scales: {
      x: {
        type: "linear",
        evenkeelValue: true,
        min: 0,
        suggestedMax: highest * 1.12,
        title: { display: true, text: axis },
      },
      y: { type: "category", grid: { display: false }, ticks: { autoSkip: false } },
    },
    marks: {
      unit,
      whiskers: bars.map(({ interval }) => interval),
      labels: bars.map(({ value, text }) => text ?? show(value)),
      ...(reference === undefined ? {} : { reference }),
    },
    legend: false,
    horizontal: true,
    topPadding: reference === undefined ? 8 : 24,
    rightPadding: right,
  });
}
