import { lostSentence } from "./by-type.ts";
/** The comparison of a scenario in sentences: what a reader should take home, each true of the printed figures. */
import { costSentence, faultSentences, faultsInShort } from "./fault-sentences.ts";
import { list, plural, showMs, showShare, showSpan, showTimes } from "./figures.ts";
import {
  type Compared,
  disagreeing,
  type Group,
  leadingMetric,
  nameContestants,
  ranked,
  rankingOf,
  ratioClause,
  spanOf,
} from "./groups.ts";
import { METRICS, type Metric } from "./metrics.ts";
import { bestOf, mayWin } from "./standing.ts";

/** First what decides: failures when they keep a contestant from the leading percentile, latency that grows, then the comparison. */
export function findings(compared: Compared): readonly string[] {
  const key = leadingMetric(compared);
  const failures = failureSentence(compared);
  const failuresFirst = compared.contestants.some(
    (c) => mayWin(c, key) && c.values[key].missing === "not reached",
  );
  const comparison = [unstableSentence(compared), factorSentence(compared), bestSentence(compared)];
  const sentences = [
    lostSentence(compared.contestants),
    ...(failuresFirst ? [failures, ...comparison] : [...comparison, failures]),
    ...faultSentences(compared.contestants),
    costSentence(compared.contestants),
    cpuSentence(compared),
  ];
  const found = sentences.filter((sentence) => sentence !== null);
  return found.length > 0
    ? found
    : ["Nothing can be compared: fewer than two contestants have figures that count."];
}

/** The answer in one line, for a reader who reads nothing else. */
export function headline(compared: Compared): string {
  const ranking = rankingOf(compared);
  const failing = worstFailing(compared)[0];
  const failed = failing && failing.values.errorRate.value! >= 0.01;
  const unstable = unstableOf(compared);
  const lost = lostSentence(compared.contestants);
  const parts = [
    lost === null ? "" : (lost.split(";", 1)[0] as string),
    failed ? `${failing.name} fails ${showShare(failing.values.errorRate.value!)} of requests` : "",
    unstable.length > 0 ? `latency of ${nameContestants(unstable)} grew all through the trial` : "",
    ranking === null ? "" : `${unstable.length > 0 ? "among the others " : ""}${rankingInShort(ranking)}`,
    failed ? "" : faultsInShort(compared.contestants),
  ].filter((part) => part !== "");
  return parts.length > 0 ? `${parts.join("; ")}.` : "Nothing can be compared here.";
}

function rankingInShort({
  metric,
  best,
  worst,
  alike,
  candidates,
}: NonNullable<ReturnType<typeof rankingOf>>): string {
  if (alike) return `no difference in ${metric.label} can be seen (${spanOf(metric, candidates)})`;
  if (disagreeing(metric, best, worst).length > 0)
    return `the balancers do not agree whether ${best.name} or ${worst.name} is better (${metric.label} ${spanOf(metric, best.members)} and ${spanOf(metric, worst.members)})`;
  return `${best.name} is best (${metric.label} ${spanOf(metric, best.members)}), ${worst.name} ${needs(metric)} ${ratioClause(metric, best, worst)}`.replace(
    " answers ",
    " answers fewer: ",
  );
}

const unstableOf = ({ contestants }: Compared) =>
  contestants.filter((c) => c.status !== "invalid" && c.unstable !== null);

/** Latency that grows for as long as a trial lasts, which no percentile can say. */
function unstableSentence(compared: Compared): string | null {
  const unstable = unstableOf(compared);
  if (unstable.length === 0) return null;
  const reasons = [...new Set(unstable.map((c) => c.unstable!))];
  const slopes = unstable.map((c) => c.shown.growth.latencyMsPerSecond).filter((slope) => slope > 0);
  const growth =
    slopes.length === 0
      ? "Percentiles only measure how long one waited"
      : `Latency grew by ${showSpan(slopes, showMs)} per second: percentiles only measure how long the trial was`;
  return `Unstable: ${nameContestants(unstable)}: ${list(reasons)}. ${growth}.`;
}

/** Compares algorithms; balancers when there is one algorithm only. */
function factorSentence(compared: Compared): string | null {
  const ranking = rankingOf(compared);
  if (ranking === null) return null;
  const { metric, byAlgorithm, candidates, groups, best, worst } = ranking;
  const spans = (group: Group): string =>
    `${spanOf(metric, group.members)} (${group.members.map((c) => (byAlgorithm ? c.balancer : c.algorithm)).join(", ")})`;
  if (ranking.alike) {
    const names = candidates.length <= 4 ? candidates.map((c) => c.name) : groups.map((group) => group.name);
    return `No difference in ${metric.label} can be seen between ${list(names)}: ${spanOf(metric, candidates)}.`;
  }
  const between = groups.slice(1, -1).map((group) => `${group.name} ${spans(group)}`);
  const rest = between.length > 0 ? ` In between: ${between.join("; ")}.` : "";
  const against = disagreeing(metric, best, worst);
  const but = against.length > 0 ? ` At ${list(against)} it is the other way round.` : "";
  return `${best.name} ${does(metric)} ${spans(best)}; ${worst.name} ${needs(metric)} ${spans(worst)}: ${ratioClause(metric, best, worst)}.${but}${rest}`;
}

const does = (metric: Metric): string =>
  metric.key === "achievedRate"
    ? "answers"
    : metric.quantile === null
      ? "answers on average within"
      : `answers ${metric.quantile * 100} % of requests within`;
const needs = (metric: Metric): string => (metric.key === "achievedRate" ? "answers" : "needs");

function bestSentence(compared: Compared): string | null {
  const key = leadingMetric(compared);
  const best = bestOf(key, compared.contestants);
  if (!best || compared.contestants.length < 3) return null;
  const tied = compared.contestants.filter(
    (c) => c !== best && ["alike", "best"].includes(compared.standings.get(c.name)?.[key] ?? ""),
  );
  const reached = compared.contestants.filter((c) => mayWin(c, key) && c.values[key].value !== null);
  if (tied.length + 1 >= reached.length) return null;
  const what = key === "achievedRate" ? "Most requests answered" : `Lowest ${METRICS[key].label}`;
  const names = tied.length <= 4 ? list(tied.map((c) => c.name)) : nameContestants(tied);
  const tail = tied.length > 0 ? `; not distinguishable from it: ${names}` : "";
  return `${what}: ${best.name} with ${METRICS[key].show(best.values[key].value!)}${tail}.`;
}

const worstFailing = ({ contestants }: Compared) =>
  contestants
    .filter((c) => c.status !== "invalid" && (c.values.errorRate.value ?? 0) > 0)
    .sort((a, b) => b.values.errorRate.value! - a.values.errorRate.value!);

/** Beyond this many the rest is counted: the table has them all. */
const MOST_FAILING = 4;

function failureSentence(compared: Compared): string | null {
  const failing = worstFailing(compared);
  if (failing.length === 0) return null;
  const named = failing.length <= MOST_FAILING ? failing : failing.slice(0, MOST_FAILING - 1);
  const each = named.map((c) => {
    const unreached = (["p50", "p90", "p95", "p99"] as const).find(
      (key) => c.values[key].missing === "not reached",
    );
    const consequence = unreached ? `, so its ${METRICS[unreached].label} is not reached` : "";
    return `${c.name} fails ${showShare(c.values.errorRate.value!)} of requests${consequence}`;
  });
  const others = failing.slice(named.length);
  const rest =
    others.length > 0
      ? [
          `${others.length} others fail ${showSpan(
            others.map((c) => c.values.errorRate.value!),
            showShare,
          )}`,
        ]
      : [];
  const clean = compared.contestants.filter(
    (c) => c.status !== "invalid" && c.values.errorRate.value === 0,
  ).length;
  const none = clean > 0 ? [`${plural(clean, "contestant fails", "contestants fail")} none`] : [];
  return `${[...each, ...rest, ...none].join("; ")}.`;
}

function cpuSentence({ contestants }: Compared): string | null {
  const known = contestants.filter((c) => mayWin(c, "cpu") && c.values.cpu.value !== null);
  const groups = ranked(known, METRICS.cpu, "balancer");
  if (groups.length < 2) return null;
  const [best, worst] = [groups[0]!, groups[groups.length - 1]!];
  const times = worst.middle.values.cpu.value! / best.middle.values.cpu.value!;
  const tail = times >= 1.5 ? `: ${worst.name} spends ${showTimes(times)} as much as ${best.name}` : "";
  return `CPU of the balancer per request: ${groups.map((group) => `${group.name} ${spanOf(METRICS.cpu, group.members)}`).join(", ")}${tail}.`;
}
