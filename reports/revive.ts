/** Gives a figure's JSON what JSON cannot hold: texts of ticks and tooltips, the theme's colours, our plugin. Runs under Node and, inlined by its source text, in a page. */
import type { ChartConfiguration, Scale } from "chart.js";
import type { ChartConfig, Marks, Theme } from "./chart.ts";
import { MARKS_SOURCE, marksPlugin } from "./marks.ts";

/** A fresh configuration; `json` stays as it was. */
export function revive(json: ChartConfig, theme: Theme): ChartConfiguration {
  const text = JSON.stringify(json)
    .replaceAll('"ink"', JSON.stringify(theme.ink))
    .replaceAll('"paper"', JSON.stringify(theme.background));
  const config = JSON.parse(text) as ChartConfiguration & {
    options: NonNullable<ChartConfiguration["options"]>;
  };
  const marks = (config.options.plugins as unknown as { evenkeel: Marks }).evenkeel;
  for (const [id, scale] of Object.entries(config.options.scales ?? {}))
    reviveScale(id, scale as LooseScale, marks, theme);
  config.options.plugins = {
    ...config.options.plugins,
    legend: legend(config, theme),
    tooltip: tooltip(config, marks),
  };
  config.plugins = [marksPlugin(marks, theme)];
  return config;
}

interface LooseScale {
  type?: string;
  evenkeelValue?: boolean;
  evenkeelUnit?: Marks["unit"];
  title?: { color?: string };
  ticks?: { color?: string; callback?: (value: number | string) => string };
  grid?: object;
  border?: object;
  afterBuildTicks?: (axis: Scale) => void;
}

function reviveScale(id: string, scale: LooseScale, marks: Marks, theme: Theme): void {
  scale.grid = { color: theme.grid, drawTicks: false, ...scale.grid };
  scale.border = { color: theme.grid };
  if (scale.title) scale.title.color = theme.muted;
  scale.ticks = { ...scale.ticks, color: theme.muted };
  if (scale.evenkeelValue)
    scale.ticks.callback = (value) => unitText(scale.evenkeelUnit ?? marks.unit, Number(value));
  else if (scale.type === "linear" && id === "x")
    scale.ticks.callback = (value) => acrossText(marks, Number(value));
  if (scale.type === "logarithmic") scale.afterBuildTicks = oneTwoFive;
}

/** Ticks at 1, 2 and 5 times the powers of ten, so that each can be labelled; in a panel the lowest one would touch the next panel. */
function oneTwoFive(axis: Scale): void {
  const inPanel = (axis.options as { stack?: string }).stack !== undefined;
  const lowest = axis.min * (inPanel ? 1.001 : 0.999);
  axis.ticks = [];
  for (let power = Math.floor(Math.log10(axis.min)); power <= Math.log10(axis.max); power++) {
    for (const lead of [1, 2, 5]) {
      const value = Number((lead * 10 ** power).toPrecision(3));
      if (value >= lowest && value <= axis.max * 1.001) axis.ticks.push({ value, major: lead === 1 });
    }
  }
}

/** A value of the horizontal axis: seconds, or what is swept. */
function acrossText({ across }: Marks, value: number): string {
  if (across?.unit === "share") return `${Number((value * 100).toPrecision(3))} %`;
  if (across?.unit === "ms") return unitText("ms", value);
  return `${Number(value.toPrecision(6))}${across === undefined ? " s" : ""}`;
}

function unitText(unit: Marks["unit"], value: number): string {
  const short = (scaled: number): string => String(Number(scaled.toPrecision(3)));
  if (value === 0) return "0";
  if (unit === "ms")
    return value >= 1_000
      ? `${short(value / 1_000)} s`
      : value >= 1
        ? `${short(value)} ms`
        : `${short(value * 1_000)} µs`;
  if (unit === "share") return `${Math.round(value * 100)} %`;
  return unit === "perSecond" ? `${value.toLocaleString("en")}/s` : value.toLocaleString("en");
}

/** In small multiples each name is shown once. */
function legend({ options, data }: ChartConfiguration, theme: Theme): object {
  const first = (index: number): boolean =>
    data.datasets.findIndex((dataset) => dataset.label === data.datasets[index]?.label) === index;
  return {
    ...options?.plugins?.legend,
    onClick: () => undefined,
    labels: {
      color: theme.ink,
      usePointStyle: true,
      pointStyleWidth: 14,
      boxHeight: 8,
      padding: 14,
      filter: (item: { datasetIndex?: number }) => first(item.datasetIndex ?? 0),
    },
  };
}

function tooltip({ options, type }: ChartConfiguration, marks: Marks): object {
  interface Item {
    readonly label: string;
    readonly parsed: { readonly x: number | null; readonly y: number | null };
    readonly dataset: {
      readonly label?: string;
      readonly evenkeelSilent?: boolean;
      readonly evenkeelUnit?: Marks["unit"];
    };
  }
  const overTime = type === "line" && (options?.scales?.x as LooseScale | undefined)?.type === "linear";
  const titleOf = ({ parsed, label }: Item): string => {
    if (marks.across) return `${marks.across.label} ${acrossText(marks, parsed.x ?? 0)}`;
    return overTime ? `second ${Math.floor(parsed.x ?? 0)}` : label;
  };
  return {
    filter: ({ dataset }: Item) => dataset.evenkeelSilent !== true,
    callbacks: {
      title: (items: readonly Item[]) => (items[0] ? titleOf(items[0]) : ""),
      label: ({ dataset, parsed }: Item) =>
        `${dataset.label ?? ""}: ${unitText(dataset.evenkeelUnit ?? marks.unit, (options?.indexAxis === "y" ? parsed.x : parsed.y) ?? 0)}`,
    },
  };
}

/** What a page needs to run `revive`, as source text. */
export const REVIVE_SOURCE = [revive, reviveScale, oneTwoFive, acrossText, unitText, legend, tooltip]
  .map(String)
  .concat(MARKS_SOURCE)
  .join("\n");
