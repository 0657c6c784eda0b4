import { kendallTau } from "#kernel/statistics.ts";
import { METRICS, type MetricKey } from "../metrics.ts";
import type { Pair } from "./pairs.ts";

/** Figures that are compared. */
export const COMPARED: readonly MetricKey[] = ["mean", "p50", "p90", "p99", "regret", "errorRate"];

/** One figure of a contestant in both runs. */
export interface Difference {
  readonly metric: MetricKey;
  readonly first: number | null;
  readonly second: number | null;
  /** Second minus first; null where one of them is missing. */
  readonly difference: number | null;
  /** 95 %, as if the runs were independent: equal seeds make it narrower in truth. Null where one has no interval. */
  readonly interval: readonly [number, number] | null;
  /** Whether 0 is in the interval; null without one. */
  readonly agrees: boolean | null;
}

/** A figure of one run, with its 95 % interval where it has one. */
export interface Figured {
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
}

export const differencesOf = ({ first, second }: Pair): readonly Difference[] =>
  COMPARED.map((metric) => differenceOf(metric, first.values[metric], second.values[metric]));

export function differenceOf(metric: MetricKey, first: Figured, second: Figured): Difference {
  const known = first.value !== null && second.value !== null;
  const difference = known ? (second.value as number) - (first.value as number) : null;
  const interval =
    difference === null || first.interval === null || second.interval === null
      ? null
      : around(difference, first.value as number, first.interval, second.value as number, second.interval);
  return {
    metric,
    first: first.value,
    second: second.value,
    difference,
    interval,
    agrees: interval === null ? null : interval[0] <= 0 && interval[1] >= 0,
  };
}

/** `9 of 12 figures agree within their intervals`; null where none has an interval in both. */
export function agreementText(differences: readonly Difference[]): string | null {
  const judged = differences.filter(({ agrees }) => agrees !== null);
  if (judged.length === 0) return null;
  const agreeing = judged.filter(({ agrees }) => agrees === true).length;
  return `${agreeing} of ${judged.length} figures agree within their 95 % intervals`;
}

/** Half-widths of independent intervals add by squares, each side by itself. */
function around(
  difference: number,
  first: number,
  [firstLow, firstHigh]: readonly [number, number],
  second: number,
  [secondLow, secondHigh]: readonly [number, number],
): readonly [number, number] {
  return [
    difference - Math.hypot(second - secondLow, firstHigh - first),
    difference + Math.hypot(secondHigh - second, first - firstLow),
  ];
}

/** How alike two runs rank the algorithms of one balancer. */
export interface RankAgreement {
  readonly balancer: string;
  readonly metric: MetricKey;
  readonly algorithms: number;
  /** Kendall's tau-b: 1 the same order, -1 the opposite. */
  readonly tau: number;
}

/** One of those that are ranked: its figures in both runs. */
export interface Ranked {
  readonly balancer: string;
  readonly differences: readonly Pick<Difference, "metric" | "first" | "second">[];
}

/** Within each balancer of the first run that has three algorithms or more to rank. */
export function rankAgreements(ranked: readonly Ranked[]): readonly RankAgreement[] {
  const balancers = [...new Set(ranked.map(({ balancer }) => balancer))];
  return balancers.flatMap((balancer) =>
    (["mean", "p99"] as const).flatMap((metric): readonly RankAgreement[] => {
      const known = ranked.flatMap((one) => {
        const found = one.differences.find((each) => each.metric === metric);
        if (one.balancer !== balancer || found === undefined) return [];
        return found.first === null || found.second === null ? [] : [[found.first, found.second] as const];
      });
      if (known.length < 3) return [];
      const tau = kendallTau(
        known.map(([first]) => first),
        known.map(([, second]) => second),
      );
      return Number.isNaN(tau) ? [] : [{ balancer, metric, algorithms: known.length, tau }];
    }),
  );
}

/** `p99 of nginx: tau 0.80 over 6 algorithms`. */
export const rankText = ({ balancer, metric, algorithms, tau }: RankAgreement): string =>
  `${METRICS[metric].label} at ${balancer}: tau ${tau.toFixed(2)} over ${algorithms} algorithms`;
