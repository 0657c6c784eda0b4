import { showBytes, showMicros, showMs, showRate, showShare } from "./figures.ts";
import type { TrialRecord } from "./record.ts";

export type MetricKey =
  | "mean"
  | "p50"
  | "p90"
  | "p95"
  | "p99"
  | "p999"
  | "errorRate"
  | "achievedRate"
  | "regret"
  | "cpu"
  | "rss";
export type Interval = readonly [number, number];

/** A figure of a trial and how it compares. */
export interface Metric {
  readonly key: MetricKey;
  readonly label: string;
  readonly better: "lower" | "higher";
  /** For latency percentiles: the share of requests at or below it. */
  readonly quantile: number | null;
  of(trial: TrialRecord): number | null;
  intervalOf(trial: TrialRecord): Interval | null;
  show(value: number): string;
}

const none = (): null => null;
const percentile = (
  key: "p50" | "p90" | "p95" | "p99" | "p999",
  label: string,
  quantile: number,
): Metric => ({
  key,
  label,
  quantile,
  better: "lower",
  show: showMs,
  of: (trial) => trial.latencyMs[key],
  intervalOf: key === "p999" ? none : (trial) => trial.intervals[key],
});

export const METRICS: Readonly<Record<MetricKey, Metric>> = {
  mean: {
    key: "mean",
    label: "mean (ok)",
    quantile: null,
    better: "lower",
    show: showMs,
    of: (t) => t.latencyMs.mean,
    intervalOf: (t) => t.intervals.mean,
  },
  p50: percentile("p50", "p50", 0.5),
  p90: percentile("p90", "p90", 0.9),
  p95: percentile("p95", "p95", 0.95),
  p99: percentile("p99", "p99", 0.99),
  p999: percentile("p999", "p99.9", 0.999),
  errorRate: {
    key: "errorRate",
    label: "failed",
    quantile: null,
    better: "lower",
    show: showShare,
    of: (t) => t.errorRate,
    intervalOf: none,
  },
  achievedRate: {
    key: "achievedRate",
    label: "answered",
    quantile: null,
    better: "higher",
    show: showRate,
    of: (t) => t.achievedRate,
    intervalOf: (t) => t.intervals.achievedRate,
  },
  regret: {
    key: "regret",
    label: "regret",
    quantile: null,
    better: "lower",
    show: (value) => value.toFixed(2),
    of: (t) => t.regret,
    intervalOf: (t) => t.intervals.regret,
  },
  cpu: {
    key: "cpu",
    label: "CPU/request",
    quantile: null,
    better: "lower",
    show: showMicros,
    of: (t) => t.resources.balancerCpuUsPerRequest,
    intervalOf: none,
  },
  rss: {
    key: "rss",
    label: "memory",
    quantile: null,
    better: "lower",
    show: showBytes,
    of: (t) => t.resources.balancerRssBytes,
    intervalOf: none,
  },
};

export const METRIC_LIST: readonly Metric[] = Object.values(METRICS);

/** Why there is no figure: failures reach into the percentile, too few requests lie beyond it, or nobody measured it. */
export type Missing = "not reached" | "too few" | "not measured";

/** A percentile needs this many requests beyond it (design/method.md). */
const BEYOND = 10;

export function missing(metric: Metric, trial: TrialRecord): Missing {
  if (metric.quantile === null || trial.latencyMs.count === 0) return "not measured";
  if (trial.errorRate > 1 - metric.quantile) return "not reached";
  return trial.latencyMs.count * (1 - metric.quantile) < BEYOND ? "too few" : "not measured";
}
