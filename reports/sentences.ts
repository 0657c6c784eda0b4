/** The comparison of a scenario in sentences: what a reader should take home, each true of the printed figures. */
import type { Contestant } from "./contestants.ts";
import {
  list,
  listSome,
  plural,
  sentenceCase,
  showMs,
  showPercent,
  showShare,
  showTimes,
} from "./figures.ts";
import { METRICS, type Metric, type MetricKey } from "./metrics.ts";
import type { Noise } from "./noise.ts";
import type { FaultRecord } from "./record.ts";
import { alike, bestOf, mayWin, type Standings } from "./standing.ts";

export interface Compared {
  readonly open: boolean;
  readonly contestants: readonly Contestant[];
  readonly noise: Noise | null;
  readonly standings: Standings;
}

/** What a scenario is ranked by: throughput when closed; else the highest of p99, p90 and p50 that at least two reach. */
export function leadingMetric({ open, contestants }: Pick<Compared, "open" | "contestants">): MetricKey {
  if (!open) return "achievedRate";
  const reached = (key: MetricKey): number =>
    contestants.filter((c) => mayWin(c) && c.values[key].value !== null).length;
  return (["p99", "p95", "p90", "p50", "mean"] as const).find((key) => reached(key) >= 2) ?? "p99";
}

/** First what decides: failures when they keep a contestant from the leading percentile, else the comparison. */
export function findings(compared: Compared): readonly string[] {
  const key = leadingMetric(compared);
  const failures = failureSentence(compared);
  const failuresFirst = compared.contestants.some(
    (c) => mayWin(c) && c.values[key].missing === "not reached",
  );
  const comparison = [factorSentence(compared), bestSentence(compared)];
  const sentences = [
    ...(failuresFirst ? [failures, ...comparison] : [...comparison, failures]),
    ...faultSentences(compared),
    cpuSentence(compared),
  ];
  const found = sentences.filter((sentence) => sentence !== null);
  return found.length > 0
    ? found
    : ["Nothing can be compared: fewer than two contestants have figures that count."];
}

interface Group {
  readonly name: string;
  readonly members: readonly Contestant[];
  /** The member in the middle stands for the group when groups are ranked. */
  readonly middle: Contestant;
}

/** Compares algorithms; balancers when there is one algorithm only. */
function factorSentence(compared: Compared): string | null {
  const metric = METRICS[leadingMetric(compared)];
  const candidates = compared.contestants.filter((c) => mayWin(c) && c.values[metric.key].value !== null);
  const byAlgorithm = new Set(candidates.map((c) => c.algorithm)).size > 1;
  const groups = ranked(candidates, metric, byAlgorithm ? "algorithm" : "balancer");
  const [best, worst] = [groups[0], groups[groups.length - 1]];
  if (!best || !worst || best === worst) return null;
  const spans = (group: Group): string =>
    `${span(metric, group.members)} (${list(others(group, byAlgorithm))})`;
  if (alike(metric.key, best.middle.values[metric.key], worst.middle.values[metric.key], compared.noise)) {
    const names = candidates.length <= 4 ? candidates.map((c) => c.name) : groups.map((group) => group.name);
    return `No difference in ${metric.label} can be seen between ${list(names)}: ${span(metric, candidates)}.`;
  }
  const between = groups.slice(1, -1).map((group) => `${group.name} ${spans(group)}`);
  const rest = between.length > 0 ? ` In between: ${between.join("; ")}.` : "";
  return `${best.name} ${does(metric)} ${spans(best)}; ${worst.name} ${needs(metric)} ${spans(worst)}: ${ratioClause(metric, best, worst)}.${rest}`;
}

function ranked(
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

const others = (group: Group, byAlgorithm: boolean): readonly string[] =>
  group.members.map((c) => (byAlgorithm ? c.balancer : c.algorithm));

function span(metric: Metric, members: readonly Contestant[]): string {
  const values = members.map((c) => c.values[metric.key].value!);
  const [low, high] = [metric.show(Math.min(...values)), metric.show(Math.max(...values))];
  if (low === high) return low;
  const unit = high.replace(/^[\d.,]+/, "");
  return `${unit !== "" && low.endsWith(unit) ? low.slice(0, -unit.length) : low} to ${high}`;
}

const does = (metric: Metric): string =>
  metric.key === "achievedRate"
    ? "answers"
    : metric.quantile === null
      ? "answers on average within"
      : `answers ${metric.quantile * 100} % of requests within`;
const needs = (metric: Metric): string => (metric.key === "achievedRate" ? "answers" : "needs");

/** Ratios are taken on the same balancer where there is one: then the algorithm is all that differs. */
function ratioClause(metric: Metric, best: Group, worst: Group): string {
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
  const [low, high] = [showTimes(Math.min(...shared)), showTimes(Math.max(...shared))];
  return `${low === high ? low : `${low.replace(" times", "")} to ${high}`} ${unit} on the same balancer`;
}

function bestSentence(compared: Compared): string | null {
  const key = leadingMetric(compared);
  const best = bestOf(key, compared.contestants);
  if (!best || compared.contestants.length < 3) return null;
  const tied = compared.contestants
    .filter((c) => c !== best && ["alike", "best"].includes(compared.standings.get(c.name)?.[key] ?? ""))
    .map((c) => c.name);
  const reached = compared.contestants.filter((c) => mayWin(c) && c.values[key].value !== null);
  if (tied.length + 1 >= reached.length) return null;
  const what = key === "achievedRate" ? "Most requests answered" : `Lowest ${METRICS[key].label}`;
  const tail = tied.length > 0 ? `; not distinguishable from it: ${listSome(tied)}` : "";
  return `${what}: ${best.name} with ${METRICS[key].show(best.values[key].value!)}${tail}.`;
}

function failureSentence({ contestants }: Compared): string | null {
  const failing = contestants.filter((c) => c.status !== "invalid" && (c.values.errorRate.value ?? 0) > 0);
  if (failing.length === 0) return null;
  const each = failing
    .sort((a, b) => b.values.errorRate.value! - a.values.errorRate.value!)
    .map((c) => {
      const unreached = (["p50", "p90", "p95", "p99"] as const).find(
        (key) => c.values[key].missing === "not reached",
      );
      const consequence = unreached ? `, so its ${METRICS[unreached].label} is not reached` : "";
      return `${c.name} fails ${showShare(c.values.errorRate.value!)} of requests${consequence}`;
    });
  const clean = contestants.filter((c) => c.status !== "invalid" && c.values.errorRate.value === 0).length;
  return `${each.join("; ")}${clean > 0 ? `; ${plural(clean, "contestant fails", "contestants fail")} none` : ""}.`;
}

/** All contestants when they are few, else the one that lost least and the one that lost most. */
function faultSentences({ contestants }: Compared): readonly string[] {
  const faults = contestants.find((c) => c.shown.faults.length > 0)?.shown.faults ?? [];
  return faults.map((fault, index) => {
    const seen = contestants
      .flatMap((c) => {
        const record = c.status === "invalid" ? undefined : c.shown.faults[index];
        return record ? [{ name: c.name, record }] : [];
      })
      .sort((a, b) => a.record.lost - b.record.lost);
    const told = seen.length <= 4 ? seen : [seen[0]!, seen[seen.length - 1]!];
    const each = told.map(({ name, record }) => `${name} ${faultOutcome(record)}`);
    return `${sentenceCase(fault.type)} of backend ${fault.backend} at ${showMs(fault.at)} for ${showMs(fault.for)}: ${each.join("; ")}.`;
  });
}

function faultOutcome(fault: FaultRecord): string {
  const lost = fault.lost === 0 ? "loses none" : `loses ${plural(fault.lost, "request")}`;
  const detected =
    fault.detectedAfterMs !== null
      ? `stops sending there after ${showMs(fault.detectedAfterMs)}`
      : fault.misdirectedShare === null
        ? "shows no attempts"
        : "goes on sending there";
  const recovered =
    fault.recoveredAfterMs === null
      ? "is not back to normal"
      : `is back to normal after ${showMs(fault.recoveredAfterMs)}`;
  return `${lost}, ${detected} and ${recovered}`;
}

function cpuSentence({ contestants }: Compared): string | null {
  const known = contestants.filter((c) => c.status !== "invalid" && c.values.cpu.value !== null);
  const groups = ranked(known, METRICS.cpu, "balancer");
  if (groups.length < 2) return null;
  const [best, worst] = [groups[0]!, groups[groups.length - 1]!];
  const times = worst.middle.values.cpu.value! / best.middle.values.cpu.value!;
  const tail = times >= 1.5 ? `: ${worst.name} spends ${showTimes(times)} as much as ${best.name}` : "";
  return `CPU of the balancer per request: ${groups.map((group) => `${group.name} ${span(METRICS.cpu, group.members)}`).join(", ")}${tail}.`;
}

/** What the reader must know before believing the figures. */
export function cautions({ contestants, noise, open }: Compared): readonly string[] {
  const result: string[] = [];
  for (const c of contestants) {
    const trials = c.trials.filter((trial) => trial.verdict.status !== "valid");
    if (trials.length > 0) {
      const counts =
        c.status === "invalid"
          ? "its figures count for nothing"
          : trials.some((t) => t.verdict.status === "invalid")
            ? "the invalid repeats are left out"
            : "read its figures with care";
      result.push(
        `${c.name} is ${c.status === "valid" ? "invalid in part" : c.status}: ${c.reasons.join("; ")}; ${counts}.`,
      );
    }
    if (c.unstable !== null)
      result.push(
        `${c.name} is unstable (${c.unstable}): its percentiles measure the length of the trial, look at the growth of ${showGrowth(c)}.`,
      );
    if (c.note !== null) result.push(`${c.name}: ${c.note}.`);
  }
  if (noise === null)
    result.push("No contestant was played twice here: only the intervals say what is noise.");
  if (!open)
    result.push(
      "Closed traffic waits for the slowest: it shows throughput, not the latency that independent users would see.",
    );
  return result;
}

const showGrowth = (c: Contestant): string => `${showMs(c.shown.growth.latencyMsPerSecond)} per second`;

const NOISE_NAMES = {
  p50: "p50",
  p99: "p99",
  mean: "the mean",
  achievedRate: "the answered rate",
  cpu: "CPU per request",
} as const;

/** `nginx/round-robin twice differed by 3.7 % in p99, ...`; null without a control. */
export function noiseSentence(noise: Noise | null): string | null {
  if (noise === null) return null;
  const parts = (["p50", "p99", "mean", "achievedRate", "cpu"] as const).flatMap((key) => {
    const floor = noise.floor[key];
    return floor === undefined ? [] : [`${showPercent(floor)} in ${NOISE_NAMES[key]}`];
  });
  if (parts.length === 0) return null;
  const who = `${list(noise.contestants)} played twice differed by ${list(parts)}`;
  return noise.own
    ? `Same against same: ${who}. Smaller differences mean nothing.`
    : `Noise, taken from another scenario: ${who}.`;
}
