/** Claims, objectives and the state of a run in words, the same in every report. */
import { list, plural, showMs, showNumber, showRate, showShare, showTimes } from "./figures.ts";
import type { RunRecord } from "./record.ts";
import type { Summary } from "./summary.ts";

type Claim = RunRecord["claims"][number];
type Objective = RunRecord["objectives"][number];
export type Outcome = "yes" | "no" | "unknown";

export const outcomeOf = (value: boolean | null): Outcome =>
  value === null ? "unknown" : value ? "yes" : "no";

export interface Judged {
  readonly outcome: Outcome;
  readonly text: string;
}

/** `nginx: p99 of least-connections at most 0.8 times that of round-robin`. */
export const claimText = (claim: Claim): string => `${claim.balancer}: ${claimed(claim)}`;

/** What a claim says, without a balancer's name. */
export function claimed(
  claim: Pick<Claim, "metric" | "of" | "below" | "ratio" | "expected" | "within" | "source">,
): string {
  const { of, below, ratio, expected, within, source } = claim;
  const from = source === undefined ? "" : ` (${source})`;
  const what = `${metricName(claim.metric)} of ${of}`;
  if (within !== undefined && expected !== undefined) {
    const size =
      below === undefined
        ? showMetric(claim.metric, expected)
        : `${showNumber(expected)} times that of ${below}`;
    return `${what} ${size} within ${showShare(within)}${from}`;
  }
  const size = expected === undefined ? "" : `, expected ${showNumber(expected)}`;
  return `${what} ${ratio === 1 ? "below" : `at most ${showNumber(ratio)} times`} that of ${below}${size}${from}`;
}

/** What was measured, in the claim's own terms. */
const showObserved = ({ metric, below }: Claim, value: number): string =>
  below === undefined ? showMetric(metric, value) : showTimes(value);

export function claimOutcome(claim: Claim): string {
  const range = claim.interval?.map((value) => showObserved(claim, value).replace(" times", "")).join(" to ");
  const observed =
    claim.observed === null
      ? ""
      : `, observed ${showObserved(claim, claim.observed)}${range === undefined ? "" : ` (${range})`}`;
  const verdict = claim.held === null ? "could not be judged" : claim.held ? "held" : "not held";
  return `${verdict}${observed}`;
}

/** A line per claim, over all balancers: `p95 of a at most 0.8 times that of b: held (nginx 0.20, haproxy 0.19)`. */
export function claimLines(claims: readonly Claim[]): readonly Judged[] {
  return groupBy(claims, claimed).map(([text, group]) => {
    const parts = (
      [
        [true, "held"],
        [false, "not held"],
        [null, "could not be judged"],
      ] as const
    ).flatMap(([held, word]) => {
      const those = group.filter((claim) => claim.held === held);
      const each = those.map((claim) =>
        claim.observed === null
          ? claim.balancer
          : `${claim.balancer} ${showObserved(claim, claim.observed).replace(" times", "")}`,
      );
      return those.length > 0 ? [`${word} (${each.join(", ")})`] : [];
    });
    return {
      outcome: worstOf(group.map((claim) => claim.held)),
      text: `Claim: ${text}: ${parts.join("; ")}`,
    };
  });
}

export const objectiveText = (objective: Objective): string =>
  `${objective.contestant}: ${required(objective)}`;

const required = ({ metric, atMost, atLeast }: Objective): string =>
  `${metricName(metric)} at ${atMost === undefined ? "least" : "most"} ${showMetric(metric, atMost ?? atLeast ?? 0)}`;

export function objectiveOutcome(objective: Objective): string {
  if (objective.met === null) return "could not be judged";
  return `${objective.met ? "met" : "not met"}, ${observedText(objective).replace(/^(?=\d)/, "observed ")}`;
}

const observedText = ({ metric, observed }: Objective): string =>
  observed === null ? "not reached" : showMetric(metric, observed);

/** A line per objective, over all contestants, with each violation by name. */
export function objectiveLines(objectives: readonly Objective[]): readonly Judged[] {
  return groupBy(objectives, required).map(([text, group]) => {
    const those = (met: boolean | null) => group.filter((objective) => objective.met === met);
    const [violated, met, unjudged] = [those(false), those(true), those(null)];
    const parts = [
      ...(violated.length > 0
        ? [`not met by ${list(violated.map((o) => `${o.contestant} (${observedText(o)})`))}`]
        : []),
      ...(met.length > 0 ? [metText(met, group.length)] : []),
      ...(unjudged.length > 0
        ? [
            unjudged.length === group.length
              ? "could not be judged"
              : `not judged for ${list(unjudged.map((o) => o.contestant))}`,
          ]
        : []),
    ];
    return {
      outcome: worstOf(group.map((objective) => objective.met)),
      text: `Objective: ${text}: ${parts.join("; ")}`,
    };
  });
}

function metText(met: readonly Objective[], all: number): string {
  const first = met[0]!;
  const figures = met.flatMap(({ observed }) => observed ?? []);
  const worst = first.atMost === undefined ? Math.min(...figures) : Math.max(...figures);
  const shown = figures.length > 0 ? showMetric(first.metric, worst) : "";
  if (met.length === 1) return `met by ${first.contestant}${shown === "" ? "" : ` (${shown})`}`;
  const who = met.length === all ? `all ${all} contestants` : `${met.length} of ${all} contestants`;
  return `met by ${who}${shown === "" ? "" : ` (worst ${shown})`}`;
}

const worstOf = (values: readonly (boolean | null)[]): Outcome =>
  outcomeOf(values.includes(false) ? false : values.includes(null) ? null : true);

function groupBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups];
}

/** A path of `result.json` as people say it. */
function metricName(path: string): string {
  const names: Readonly<Record<string, string>> = {
    "latencyMs.p999": "p99.9",
    "latencyMs.mean": "mean latency",
    "resources.balancerCpuUsPerRequest": "CPU per request",
    errorRate: "error rate",
    achievedRate: "answered rate",
  };
  return (
    names[path] ??
    path
      .replace(/^latencyMs\./, "")
      .replace(/^backends\.(most|least)\.share$/, "$1 share of a backend")
      .replace(/^backends\.(\d+)\.share$/, (_, index: string) => `share of backend ${Number(index) + 1}`)
  );
}

/** The unit follows from the metric's name. */
function showMetric(path: string, value: number): string {
  if (/Ms(\.|$)/.test(path)) return showMs(value);
  if (/(Rate)$/.test(path)) return path.startsWith("error") ? showShare(value) : showRate(value);
  return /[sS]hare$/.test(path) ? showShare(value) : showNumber(value);
}

/** `14 trials: 12 valid, 1 suspect, 1 invalid`. */
export function trialsText({ trials }: Summary): string {
  if (trials.valid + trials.suspect + trials.invalid === 0) return "no trial came to its end";
  const parts = (["valid", "suspect", "invalid"] as const)
    .filter((status) => trials[status] > 0)
    .map((status) => `${trials[status]} ${status}`);
  return `${plural(trials.valid + trials.suspect + trials.invalid, "trial")}: ${list(parts)}`;
}

/** What decides about the run as a whole, most important first. */
export function runText(run: RunRecord, summary: Summary): string {
  const parts = [
    run.run.partial ? "The run was interrupted: what was measured until then" : "",
    trialsText(summary),
    judgedText(
      run.objectives.map((objective) => objective.met),
      "objective",
      "met",
    ),
    judgedText(
      run.claims.map((claim) => claim.held),
      "claim",
      "held",
    ),
  ];
  return `${parts.filter((part) => part !== "").join("; ")}.`;
}

/** `all 15 objectives met`, `9 of 15 objectives met, 4 not met, 2 unjudged`; empty without any. */
function judgedText(values: readonly (boolean | null)[], noun: string, verb: string): string {
  const count = (value: boolean | null): number => values.filter((v) => v === value).length;
  const [yes, no, unjudged] = [count(true), count(false), count(null)];
  if (values.length === 0) return "";
  if (yes === values.length)
    return values.length === 1 ? `the ${noun} ${verb}` : `all ${plural(yes, noun)} ${verb}`;
  return [
    `${yes} of ${plural(values.length, noun)} ${verb}`,
    ...(no > 0 ? [`${no} not ${verb}`] : []),
    ...(unjudged > 0 ? [`${unjudged} unjudged`] : []),
  ].join(", ");
}

/** What the state of the trials means for a reader; null when all are valid. */
export function worthText({ trials: { valid, suspect, invalid } }: Summary): string | null {
  const parts = [
    invalid > 0 ? `${plural(invalid, "trial counts", "trials count")} for nothing (invalid)` : "",
    suspect > 0
      ? `${plural(suspect, "trial is", "trials are")} suspect because the machine or the load generator was strained: trust large differences only`
      : "",
  ].filter((part) => part !== "");
  if (parts.length === 0 || valid + suspect + invalid === 0) return null;
  return `${parts.join("; ")}. Repeat on a quiet machine to be sure.`;
}

/** Every trial is valid and every objective met. */
export const isClean = (run: RunRecord, summary: Summary): boolean =>
  summary.trials.invalid + summary.trials.suspect === 0 &&
  run.objectives.every((objective) => objective.met === true);

/** As it is typed where the package is not installed globally. */
export const shownCommand = (command: string): string => command.replace(/^evenkeel /, "npx evenkeel ");
