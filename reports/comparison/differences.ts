import { kendallTau } from "#kernel/statistics.ts";
import { METRICS, type MetricKey } from "../metrics.ts";
import type { ComparedScenario, Pair } from "./pairs.ts";

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

export function differencesOf({ first, second }: Pair): readonly Difference[] {
  return COMPARED.map((metric) => {
    const [a, b] = [first.values[metric], second.values[metric]];
    const known = a.value !== null && b.value !== null;
    const difference = known ? (b.value as number) - (a.value as number) : null;
    const interval =
      difference === null || a.interval === null || b.interval === null
        ? null
        : around(difference, a.value as number, a.interval, b.value as number, b.interval);
    return {
      metric,
      first: a.value,
      second: b.value,
      difference,
      interval,
      agrees: interval === null ? null : interval[0] <= 0 && interval[1] >= 0,
    };
  });
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

/** Within each balancer of the first run that has three algorithms or more to rank; invalid contestants are left out. */
export function rankAgreements({ pairs }: ComparedScenario): readonly RankAgreement[] {
  const balancers = [...new Set(pairs.map(({ balancer }) => balancer))];
  return balancers.flatMap((balancer) =>
    (["mean", "p99"] as const).flatMap((metric): readonly RankAgreement[] => {
      const known = pairs.flatMap((pair) => {
        if (pair.balancer !== balancer) return [];
        if (pair.first.status === "invalid" || pair.second.status === "invalid") return [];
        const values = [pair.first.values[metric].value, pair.second.values[metric].value] as const;
        return values[0] === null || values[1] === null ? [] : [values as readonly [number, number]];
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
