import type { RunRecord } from "../record.ts";
import { type Difference, differencesOf, type RankAgreement, rankAgreements } from "./differences.ts";
import { type ComparedScenario, matchRuns } from "./pairs.ts";

/** Two runs side by side: what `compare` prints and draws. Pure. */
export interface Comparison {
  readonly first: string;
  readonly second: string;
  readonly scenarios: readonly ScenarioComparison[];
  /** Scenarios that one of the runs alone has. */
  readonly alone: readonly string[];
}

export interface ScenarioComparison extends ComparedScenario {
  readonly differences: ReadonlyMap<string, readonly Difference[]>;
  readonly ranks: readonly RankAgreement[];
}

export function compareRuns(first: RunRecord, second: RunRecord): Comparison {
  const { scenarios, alone } = matchRuns(first, second);
  return {
    first: describe(first),
    second: describe(second),
    scenarios: scenarios.map((scenario) => ({
      ...scenario,
      differences: new Map(scenario.pairs.map((pair) => [pair.name, differencesOf(pair)])),
      ranks: rankAgreements(scenario),
    })),
    alone,
  };
}

/** `live 20261125-1a2b`. */
function describe({ run, trials }: RunRecord): string {
  const engines = [...new Set(trials.map(({ engine }) => engine))];
  return `${engines.length === 0 ? "empty" : engines.join(" and ")} ${run.id}`;
}

/** `9 of 12 figures agree within their intervals`; null where none has an interval in both. */
export function agreementText({ differences }: ScenarioComparison): string | null {
  const judged = [...differences.values()].flat().filter(({ agrees }) => agrees !== null);
  if (judged.length === 0) return null;
  const agreeing = judged.filter(({ agrees }) => agrees === true).length;
  return `${agreeing} of ${judged.length} figures agree within their 95 % intervals`;
}

/** The comparison as plain data, for `--json`. */
export function asData({ scenarios, ...rest }: Comparison): unknown {
  return {
    ...rest,
    scenarios: scenarios.map(({ name, pairs, alone, unlike, differences, ranks }) => ({
      name,
      alone,
      unlike,
      contestants: pairs.map((pair) => ({
        first: pair.first.name,
        second: pair.second.name,
        verdicts: [pair.first.status, pair.second.status],
        figures: differences.get(pair.name),
      })),
      ranks,
    })),
  };
}
