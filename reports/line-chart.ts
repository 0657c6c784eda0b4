import type { ChartConfig, Marks, Point } from "./chart.ts";
import type { Contestant } from "./contestants.ts";
import { algorithmColour, balancerStyle } from "./palette.ts";

/** A line in its algorithm's colour with its balancer's dash and marker. */
export function contestantLine(
  contestant: Contestant,
  label: string,
  axis: string,
  data: readonly (number | null | Point)[],
  radius: number,
): object {
  const colour = algorithmColour(contestant.algorithm);
  const style = balancerStyle(contestant.balancer);
  return {
    label,
    data,
    yAxisID: axis,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 2,
    borderDash: style.dash,
    pointStyle: style.marker,
    pointRadius: radius,
    pointHoverRadius: radius + 2,
    tension: 0,
    spanGaps: false,
  };
}

interface Parts {
  readonly type: "line" | "bar";
  readonly labels?: readonly string[];
  readonly datasets: readonly object[];
  readonly scales: Record<string, object>;
  readonly marks: Marks;
  readonly legend: boolean;
  readonly horizontal?: boolean;
  readonly topPadding?: number;
  readonly rightPadding?: number;
}

/** The one place where our JSON becomes a Chart.js configuration; `evenkeel` keys are read by `revive`. */
export function chartConfig(parts: Parts): ChartConfig {
  return {
    type: parts.type,
    data: { ...(parts.labels ? { labels: parts.labels } : {}), datasets: parts.datasets },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      normalized: true,
      interaction: {
        mode: parts.horizontal ? "nearest" : "index",
        axis: parts.horizontal ? "y" : "x",
        intersect: false,
      },
      indexAxis: parts.horizontal ? "y" : "x",
      layout: {
        padding: { top: parts.topPadding ?? 6, right: parts.rightPadding ?? 14, left: 4, bottom: 4 },
      },
      scales: parts.scales,
      plugins: { legend: { display: parts.legend, position: "bottom" }, evenkeel: parts.marks },
    },
  } as unknown as ChartConfig;
}
