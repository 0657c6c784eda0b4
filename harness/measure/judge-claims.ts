import type { RunRecord, TrialRecord } from "../../reports/record.ts";
import type { Claim } from "../../scenarios/scenario.ts";
import { counted, type JudgeOptions, type MetricValue, medianOf, metricOf } from "./judge.ts";

export type ClaimOutcome = RunRecord["claims"][number];
type Interval = readonly [number, number];

/**
 * A claim within each balancer that ran in the scenario. What is judged is the median over repeats of `of`, divided by that of `below` where there is one: by `within` of
 * `expected`, or else at most `ratio`. Not judged (null) when a trial is missing or invalid, when the metric is not there, or when it does not hold but its interval reaches
 * to where it would: then there was too little to tell.
 */
export function judgeClaims(
  scenario: string,
  claims: readonly Claim[],
  trials: readonly TrialRecord[],
  { repeats }: JudgeOptions,
): readonly ClaimOutcome[] {
  const own = counted(scenario, trials);
  const balancers = [...new Set(own.map((trial) => trial.balancer))];
  return claims.flatMap((claim) =>
    balancers.flatMap((balancer) => {
      const of = own.filter((trial) => trial.balancer === balancer && trial.algorithm === claim.of);
      const below = own.filter((trial) => trial.balancer === balancer && trial.algorithm === claim.below);
      if (of.length + below.length === 0) return [];
      return [{ scenario, balancer, ...claim, ...judge(claim, of, below, repeats) }];
    }),
  );
}

type Judged = Pick<ClaimOutcome, "held" | "observed" | "interval">;

function judge(
  claim: Claim,
  ofTrials: readonly TrialRecord[],
  belowTrials: readonly TrialRecord[],
  repeats: number,
): Judged {
  const of = medianOf(ofTrials, claim.metric, repeats);
  const below: MetricValue = claim.below === undefined ? 1 : medianOf(belowTrials, claim.metric, repeats);
  if (of === undefined || below === undefined) return { held: null, observed: null };
  // Not reached is slower than any number: it can lose a comparison, and two of them cannot be told apart.
  if (of === null) return { held: below === null ? null : false, observed: null };
  if (below === null) return { held: claim.within === undefined ? true : null, observed: null };
  if (below === 0) return { held: of === 0 && claim.within === undefined, observed: null };
  const observed = of / below;
  const interval = intervalOf(claim, ofTrials, belowTrials);
  const held = holds(claim, [observed, observed]);
  if (interval === null) return { held, observed };
  return { held: held || !holds(claim, interval) ? held : null, observed, interval: [...interval] };
}

/** True when some value of the interval is as claimed. */
function holds({ expected, within, ratio }: Claim, [low, high]: Interval): boolean {
  if (expected === undefined || within === undefined) return low <= ratio;
  return low <= expected * (1 + within) && high >= expected * (1 - within);
}

/** Of one trial each: their intervals at their worst. Of repeats, which pair by seed: the least and the most. Null when not known. */
function intervalOf(
  { metric, below: other }: Claim,
  ofTrials: readonly TrialRecord[],
  belowTrials: readonly TrialRecord[],
): Interval | null {
  const [of, below] = [ofTrials[0], belowTrials[0]];
  if (of === undefined) return null;
  if (ofTrials.length > 1) {
    const values = ofTrials.map((trial) => {
      const pair = belowTrials.find(({ repeat }) => repeat === trial.repeat);
      const under = other === undefined ? 1 : pair && metricOf(pair, metric);
      return (metricOf(trial, metric) ?? Number.NaN) / (under || Number.NaN);
    });
    return values.every(Number.isFinite) ? [Math.min(...values), Math.max(...values)] : null;
  }
  const range = trialInterval(of, metric);
  if (range === null || other === undefined) return range;
  const under = below === undefined ? null : trialInterval(below, metric);
  return under === null || under[0] <= 0 ? null : [range[0] / under[1], range[1] / under[0]];
}

function trialInterval({ intervals }: TrialRecord, metric: string): Interval | null {
  const name = metric.replace(/^latencyMs\./, "");
  if (intervals === undefined || !Object.hasOwn(intervals, name)) return null;
  return intervals[name as keyof typeof intervals];
}
