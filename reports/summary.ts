/** Records to comparison: the one source of every report. Pure. */
import { type Contestant, contestantsOf } from "./contestants.ts";
import { type Definition, readDefinition } from "./definition.ts";
import { leadingMetric } from "./groups.ts";
import { METRICS, type MetricKey } from "./metrics.ts";
import { type Noise, noiseOf } from "./noise.ts";
import type { RunRecord } from "./record.ts";
import { type Remark, remarksOf } from "./remarks.ts";
import { findings, headline } from "./sentences.ts";
import { type Standing, standings } from "./standing.ts";
import { type SweepSummary, sweepsOf } from "./sweep.ts";

export interface Unsupported {
  readonly balancer: string;
  readonly algorithm: string;
  readonly reason: string;
}

export interface ScenarioSummary {
  readonly name: string;
  readonly title: string;
  readonly question: string | null;
  readonly definition: Definition;
  readonly open: boolean;
  /** Requests per second by the timetable; null when closed. */
  readonly offeredRate: number | null;
  /** The least and the most of it, where it changes within the window. */
  readonly offeredRange: readonly [number, number] | null;
  /** Null where real servers decide what a request takes. */
  readonly capacity: number | null;
  readonly contestants: readonly Contestant[];
  readonly noise: Noise | null;
  /** The metric that the scenario is ranked by. */
  readonly leading: MetricKey;
  /** The answer in one line. */
  readonly headline: string;
  readonly findings: readonly string[];
  /** What else a reader must know: claims, objectives, what the trials are worth. */
  readonly remarks: readonly Remark[];
  readonly unsupported: readonly Unsupported[];
  readonly claims: RunRecord["claims"];
  readonly objectives: RunRecord["objectives"];
  /** Length of the measured window in seconds. */
  readonly seconds: number;
  standing(contestant: Contestant, metric: MetricKey): Standing;
}

export interface Summary {
  /** Without those that are a point of a sweep. */
  readonly scenarios: readonly ScenarioSummary[];
  readonly sweeps: readonly SweepSummary[];
  readonly trials: { readonly valid: number; readonly suspect: number; readonly invalid: number };
}

export function summarise(run: RunRecord): Summary {
  const count = (status: string): number =>
    run.trials.filter((trial) => trial.verdict.status === status).length;
  const all = run.scenarios.map((scenario) => summariseScenario(run, scenario));
  return {
    scenarios: all.filter((_, i) => run.scenarios[i]?.sweep === undefined),
    sweeps: sweepsOf(run, all),
    trials: { valid: count("valid"), suspect: count("suspect"), invalid: count("invalid") },
  };
}

function summariseScenario(run: RunRecord, scenario: RunRecord["scenarios"][number]): ScenarioSummary {
  const trials = run.trials.filter((trial) => trial.scenario === scenario.name);
  const definition = readDefinition(scenario.definition);
  const open = scenario.offeredRate !== null;
  const contestants = contestantsOf(trials, scenario.unstable, open);
  const noise = noiseOf(trials) ?? noiseOf(run.trials, false);
  const placed = standings(contestants, noise, open);
  const compared = { open, contestants, noise, standings: placed };
  const leading = leadingMetric(compared);
  const judged = {
    unsupported: run.unsupported.filter((pair) => takesPart(definition, pair)),
    claims: run.claims.filter((claim) => claim.scenario === scenario.name),
    objectives: run.objectives.filter((objective) => objective.scenario === scenario.name),
  };
  return {
    name: scenario.name,
    title: scenario.title,
    question: scenario.question,
    definition,
    open,
    offeredRate: scenario.offeredRate,
    offeredRange: scenario.offeredRange ?? null,
    capacity: scenario.capacity,
    contestants,
    noise,
    leading,
    headline: headline(compared),
    findings: findings(compared),
    remarks: remarksOf({ ...judged, open, leading, contestants, noise, trials, offered: scenario }),
    ...judged,
    seconds: Math.max(0, ...trials.map((trial) => trial.durationMs / 1_000)),
    standing: (contestant, metric) => placed.get(contestant.name)?.[metric] ?? null,
  };
}

/** `unsupported` is of the whole run: a pair belongs to the scenarios that asked for it. */
function takesPart({ contestants }: Definition, pair: Unsupported): boolean {
  if (contestants === null) return true;
  const balancers = contestants.balancers.flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.keys(entry),
  );
  return (
    contestants.algorithms.includes(pair.algorithm) &&
    balancers.some((name) => name === pair.balancer || name.startsWith(`${pair.balancer}-`))
  );
}

/** Latency percentiles for a table: up to the highest that enough requests lie beyond in every contestant that counts. */
export function percentileColumns({
  contestants,
}: Pick<ScenarioSummary, "contestants">): readonly MetricKey[] {
  const counted = contestants.filter((c) => c.status !== "invalid");
  const known = (key: MetricKey): boolean =>
    (counted.length > 0 ? counted : contestants).every(
      (c) => !["too few", "not measured"].includes(c.values[key].missing ?? ""),
    );
  const highest = (["p99", "p95"] as const).find(known);
  return highest === undefined ? ["p50", "p90"] : ["p50", "p90", highest];
}

/** `★ ` and `☆ ` before a figure: the best, and what cannot be told from it. */
export const STANDING_MARKS = { best: "★ ", alike: "☆ " } as const;

/** Signs before a contestant's name: invalid, suspect, unstable. */
export const statusMarks = (c: Contestant): string =>
  `${c.status === "invalid" ? "✗" : c.status === "suspect" ? "?" : ""}${c.unstable === null ? "" : "↗"}`;

/** Figures of a table that has no room for all. */
export function comparisonColumns(scenario: Pick<ScenarioSummary, "contestants">): readonly MetricKey[] {
  const regret: readonly MetricKey[] = hasRegret(scenario) ? ["regret"] : [];
  return [...percentileColumns(scenario), "errorRate", "achievedRate", ...regret, "cpu"];
}

export const hasRegret = ({ contestants }: Pick<ScenarioSummary, "contestants">): boolean =>
  contestants.some((c) => c.values.regret.value !== null);

/** What the signs of a table mean, and regret where there is one. */
export const legendOf = ({ scenarios }: Pick<Summary, "scenarios">): readonly string[] =>
  scenarios.some(hasRegret) ? [...LEGEND, "regret: 0 one queue for all, 1 random"] : LEGEND;

const LEGEND = [
  "★ best of the scenario",
  "☆ not distinguishable from it",
  "✗ invalid, never best",
  "? suspect",
  "↗ unstable: latency grows",
] as const;

/** `41.2 ms`, `≥ 1,890/s` where it is a lower bound, `not reached`, `too few`, `–`. */
export function showValue(contestant: Contestant, metric: MetricKey): string {
  const { value, missing } = contestant.values[metric];
  if (value !== null)
    return `${metric === "achievedRate" && contestant.atLeast ? "≥ " : ""}${METRICS[metric].show(value)}`;
  return missing === "not measured" || missing === null ? "–" : missing;
}
