/** Claims, objectives and the state of a run in words, the same in every report. */
import { list, plural, showMs, showNumber, showRate, showShare, showTimes } from "./figures.ts";
import type { RunRecord } from "./record.ts";
import type { Summary } from "./summary.ts";

type Claim = RunRecord["claims"][number];
type Objective = RunRecord["objectives"][number];
export type Outcome = "yes" | "no" | "unknown";

export const outcomeOf = (value: boolean | null): Outcome =>
  value === null ? "unknown" : value ? "yes" : "no";

/** `nginx: p99 of least-connections at most 0.8 times that of round-robin`. */
export const claimText = (claim: Claim): string =>
  `${claim.balancer}: ${metricName(claim.metric)} of ${claim.of} ${claim.ratio === 1 ? "below" : `at most ${showNumber(claim.ratio)} times`} that of ${claim.below}`;

export function claimOutcome(claim: Claim): string {
  if (claim.held === null) return "could not be judged";
  const observed = claim.observed === null ? "" : `, observed ${showTimes(claim.observed)}`;
  return `${claim.held ? "held" : "not held"}${observed}`;
}

export function objectiveText(objective: Objective): string {
  const limit = objective.atMost ?? objective.atLeast ?? 0;
  return `${objective.contestant}: ${metricName(objective.metric)} at ${objective.atMost === undefined ? "least" : "most"} ${showMetric(objective.metric, limit)}`;
}

export function objectiveOutcome(objective: Objective): string {
  if (objective.met === null) return "could not be judged";
  const observed =
    objective.observed === null
      ? ", not reached"
      : `, observed ${showMetric(objective.metric, objective.observed)}`;
  return `${objective.met ? "met" : "not met"}${observed}`;
}

/** The last part of a path that ends in `latencyMs.p99` as people say it. */
function metricName(path: string): string {
  const names: Readonly<Record<string, string>> = {
    "latencyMs.p999": "p99.9",
    "latencyMs.mean": "mean latency",
    errorRate: "error rate",
    achievedRate: "answered rate",
  };
  return names[path] ?? path.replace(/^latencyMs\./, "");
}

/** The unit follows from the metric's name. */
function showMetric(path: string, value: number): string {
  if (/Ms(\.|$)/.test(path)) return showMs(value);
  if (/(Rate)$/.test(path)) return path.startsWith("error") ? showShare(value) : showRate(value);
  return /[sS]hare$/.test(path) ? showShare(value) : showNumber(value);
}

/** `14 trials: 12 valid, 1 suspect, 1 invalid`. */
export function trialsText({ trials }: Summary): string {
  const parts = (["valid", "suspect", "invalid"] as const)
    .filter((status) => trials[status] > 0)
    .map((status) => `${trials[status]} ${status}`);
  return `${plural(trials.valid + trials.suspect + trials.invalid, "trial")}: ${list(parts)}`;
}

/** What decides about the run as a whole, most important first. */
export function runText(run: RunRecord, summary: Summary): string {
  const failed = run.objectives.filter((objective) => objective.met === false).length;
  const claims = run.claims.filter((claim) => claim.held === true).length;
  const parts = [
    run.run.partial ? "The run was interrupted: what was measured until then" : "",
    trialsText(summary),
    run.objectives.length > 0
      ? `${failed === 0 ? "every objective met" : `${plural(failed, "objective")} of ${run.objectives.length} not met`}`
      : "",
    run.claims.length > 0 ? `${claims} of ${plural(run.claims.length, "claim")} held` : "",
  ];
  return `${parts.filter((part) => part !== "").join("; ")}.`;
}
