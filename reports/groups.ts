/** Contestants grouped by what a scenario compares: algorithms, or balancers when there is one algorithm only. */
import type { Contestant } from "./contestants.ts";
import { list, showSpan, showTimes } from "./figures.ts";
import { METRICS, type Metric, type MetricKey } from "./metrics.ts";
import type { Noise } from "./noise.ts";
import { alike, mayWin, type Standings } from "./standing.ts";

export interface Compared {
  readonly open: boolean;
  readonly contestants: readonly Contestant[];
  readonly noise: Noise | null;
  readonly standings: Standings;
}

export interface Group {
  readonly name: string;
  readonly members: readonly Contestant[];
  /** The member in the middle stands for the group when groups are ranked. */
  readonly middle: Contestant;
}

export interface Ranking {
  readonly metric: Metric;
  readonly byAlgorithm: boolean;
  readonly candidates: readonly Contestant[];
  /** Best first, at least two. */
  readonly groups: readonly Group[];
  readonly best: Group;
  readonly worst: Group;
  /** Best and worst cannot be told apart. */
  readonly alike: boolean;
}

/** What a scenario is ranked by: throughput when closed; else the highest of p99, p95, p90 and p50 that at least two reach. */
export function leadingMetric({ open, contestants }: Pick<Compared, "open" | "contestants">): MetricKey {
  if (!open) return "achievedRate";
  const reached = (key: MetricKey): number =>
    contestants.filter((c) => mayWin(c, key) && c.values[key].value !== null).length;
  return (["p99", "p95", "p90", "p50", "mean"] as const).find((key) => reached(key) >= 2) ?? "p99";
}

/** Null when fewer than two groups have figures that count. */
export function rankingOf(compared: Compared): Ranking | null {
  const metric = METRICS[leadingMetric(compared)];
  const candidates = compared.contestants.filter(
    (c) => mayWin(c, metric.key) && c.values[metric.key].value !== null,
  );
  const byAlgorithm = new Set(candidates.map((c) => c.algorithm)).size > 1;
  const groups = ranked(candidates, metric, byAlgorithm ? "algorithm" : "balancer");
  const [best, worst] = [groups[0], groups[groups.length - 1]];
  if (!best || !worst || best === worst) return null;
  const [a, b] = [best.middle.values[metric.key], worst.middle.values[metric.key]];
  return {
    metric,
    byAlgorithm,
    candidates,
    groups,
    best,
    worst,
    alike: alike(metric.key, a, b, compared.noise),
  };
}

/** Groups in order of their middle member, best first; members in order too. */
export function ranked(
  candidates: readonly Contestant[],
  metric: Metric,
  factor: "algorithm" | "balancer",
): readonly Group[] {
  const sign = metric.better === "lower" ? 1 : -1;
  const order = (a: Contestant, b: Contestant): number =>
    sign * (a.values[metric.key].value! - b.values[metric.key].value!);
  const names = [...new Set(candidates.map((c) => c[factor]))];
  return names
    .map((name): Group => {
      const members = candidates.filter((c) => c[factor] === name).sort(order);
      return { name, members, middle: members[Math.floor(members.length / 2)]! };
    })
    .sort((a, b) => order(a.middle, b.middle));
}

export const spanOf = (metric: Metric, members: readonly Contestant[]): string =>
  showSpan(
    members.map((c) => c.values[metric.key].value!),
    metric.show,
  );

/** Balancers at which the worst group is better than the best one: what is true of the groups is not true of them. */
export function disagreeing(metric: Metric, best: Group, worst: Group): readonly string[] {
  const sign = metric.better === "lower" ? 1 : -1;
  return best.members.flatMap((a) => {
    const twin = worst.members.find((b) => b.balancer === a.balancer && b.algorithm !== a.algorithm);
    const isBehind =
      twin !== undefined && sign * (twin.values[metric.key].value! - a.values[metric.key].value!) < 0;
    return isBehind ? [a.balancer] : [];
  });
}

/** `1.24 to 1.45 times as long on the same balancer`: where there is one, the algorithm is then all that differs. */
export function ratioClause(metric: Metric, best: Group, worst: Group): string {
  const ratio = (a: Contestant, b: Contestant): number => {
    const [x, y] = [a.values[metric.key].value!, b.values[metric.key].value!];
    return metric.better === "lower" ? y / x : x / y;
  };
  const unit = metric.better === "lower" ? "as long" : "as many by the first";
  const shared = best.members.flatMap((a) => {
    const twin = worst.members.find((b) => b.balancer === a.balancer && b.algorithm !== a.algorithm);
    return twin ? [ratio(a, twin)] : [];
  });
  if (shared.length === 0) {
    const apart =
      best.middle.balancer !== worst.middle.balancer && best.middle.algorithm !== worst.middle.algorithm;
    return `${showTimes(ratio(best.middle, worst.middle))} ${unit}${apart ? ", on another balancer" : ""}`;
  }
  return `${showSpan(shared, showTimes)} ${unit} on the same balancer`;
}

/** `round-robin (nginx, haproxy)` and `builtin/random`: contestants by algorithm, each named once. */
export function nameContestants(members: readonly Pick<Contestant, "balancer" | "algorithm">[]): string {
  const algorithms = [...new Set(members.map((c) => c.algorithm))];
  return list(
    algorithms.map((algorithm) => {
      const balancers = members.filter((c) => c.algorithm === algorithm).map((c) => c.balancer);
      return balancers.length === 1
        ? `${balancers[0]}/${algorithm}`
        : `${algorithm} (${balancers.join(", ")})`;
    }),
  );
}
