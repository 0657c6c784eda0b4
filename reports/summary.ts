/** Records to comparison: the one source of every report. Pure. */
import { type Contestant, contestantsOf } from "./contestants.ts";
import { type Definition, readDefinition } from "./definition.ts";
import { METRICS, type MetricKey } from "./metrics.ts";
import { type Noise, noiseOf } from "./noise.ts";
import type { RunRecord } from "./record.ts";
import { cautions, findings, leadingMetric, noiseSentence } from "./sentences.ts";
import { type Standing, standings } from "./standing.ts";

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
  readonly capacity: number;
  readonly contestants: readonly Contestant[];
  readonly noise: Noise | null;
  /** The metric that the scenario is ranked by. */
  readonly leading: MetricKey;
  /** Sentences: what was found, what it is worth, what the noise is. */
  readonly findings: readonly string[];
  readonly cautions: readonly string[];
  readonly noiseSentence: string | null;
  readonly unsupported: readonly Unsupported[];
  readonly claims: RunRecord["claims"];
  readonly objectives: RunRecord["objectives"];
  /** Length of the measured window in seconds. */
  readonly seconds: number;
  standing(contestant: Contestant, metric: MetricKey): Standing;
}

export interface Summary {
  readonly scenarios: readonly ScenarioSummary[];
  readonly trials: { readonly valid: number; readonly suspect: number; readonly invalid: number };
}

export function summarise(run: RunRecord): Summary {
  const count = (status: string): number =>
    run.trials.filter((trial) => trial.verdict.status === status).length;
  return {
    scenarios: run.scenarios.map((scenario) => summariseScenario(run, scenario)),
    trials: { valid: count("valid"), suspect: count("suspect"), invalid: count("invalid") },
  };
}

function summariseScenario(run: RunRecord, scenario: RunRecord["scenarios"][number]): ScenarioSummary {
  const trials = run.trials.filter((trial) => trial.scenario === scenario.name);
  const definition = readDefinition(scenario.definition);
  const contestants = contestantsOf(trials, scenario.unstable);
  const noise = noiseOf(trials) ?? noiseOf(run.trials, false);
  const open = scenario.offeredRate !== null;
  const placed = standings(contestants, noise, open);
  const compared = { open, contestants, noise, standings: placed };
  return {
    name: scenario.name,
    title: scenario.title,
    question: scenario.question,
    definition,
    open,
    offeredRate: scenario.offeredRate,
    capacity: scenario.capacity,
    contestants,
    noise,
    leading: leadingMetric(compared),
    findings: findings(compared),
    cautions: cautions(compared),
    noiseSentence: noiseSentence(noise),
    unsupported: run.unsupported.filter((pair) => takesPart(definition, pair)),
    claims: run.claims.filter((claim) => claim.scenario === scenario.name),
    objectives: run.objectives.filter((objective) => objective.scenario === scenario.name),
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
  return contestants.algorithms.includes(pair.algorithm) && balancers.includes(pair.balancer);
}

/** `41.2 ms`, `not reached`, `too few`, `–`. */
export function showValue(contestant: Contestant, metric: MetricKey): string {
  const { value, missing } = contestant.values[metric];
  if (value !== null) return METRICS[metric].show(value);
  return missing === "not measured" || missing === null ? "–" : missing;
}
