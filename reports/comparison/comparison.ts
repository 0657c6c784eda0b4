import type { RunRecord } from "../record.ts";
import { summarise } from "../summary.ts";
import { type CurveComparison, matchCurves } from "./curves.ts";
import { type Difference, differencesOf, type RankAgreement, rankAgreements } from "./differences.ts";
import { type ComparedScenario, matchRuns } from "./pairs.ts";
import type { Summarised } from "./places.ts";

/** Two runs side by side: what `compare` prints and draws. Pure. */
export interface Comparison {
  readonly first: string;
  readonly second: string;
  readonly scenarios: readonly ScenarioComparison[];
  /** Series that one run swept and the other has points of. */
  readonly curves: readonly CurveComparison[];
  /** Scenarios that one of the runs alone has. */
  readonly alone: readonly string[];
}

export interface ScenarioComparison extends ComparedScenario {
  readonly differences: ReadonlyMap<string, readonly Difference[]>;
  readonly ranks: readonly RankAgreement[];
}

export function compareRuns(first: RunRecord, second: RunRecord): Comparison {
  const [one, two] = [first, second].map((run): Summarised => ({ run, summary: summarise(run) })) as [
    Summarised,
    Summarised,
  ];
  const { scenarios, alone } = matchRuns(one, two);
  const curves = matchCurves(one, two);
  const swept = [one, two].flatMap(({ summary }) => summary.sweeps.map(({ name }) => name));
  const onCurves = new Set(curves.map(({ name }) => name));
  return {
    first: describe(first),
    second: describe(second),
    scenarios: scenarios.map(differ),
    curves,
    alone: [...new Set([...alone, ...swept])].filter((name) => !onCurves.has(name)),
  };
}

/** Invalid contestants are in the figures, not in the rankings. */
function differ(scenario: ComparedScenario): ScenarioComparison {
  const found = scenario.pairs.map((pair) => ({ pair, differences: differencesOf(pair) }));
  const counted = found.filter(({ pair: { first, second } }) =>
    [first, second].every(({ status }) => status !== "invalid"),
  );
  return {
    ...scenario,
    differences: new Map(found.map(({ pair, differences }) => [pair.name, differences])),
    ranks: rankAgreements(counted.map(({ pair: { balancer }, differences }) => ({ balancer, differences }))),
  };
}

/** `live 20261125-1a2b`. */
function describe({ run, trials }: RunRecord): string {
  const engines = [...new Set(trials.map(({ engine }) => engine))];
  return `${engines.length === 0 ? "empty" : engines.join(" and ")} ${run.id}`;
}

/** The comparison as plain data, for `--json`. */
export function asData({ scenarios, curves, ...rest }: Comparison): unknown {
  return {
    ...rest,
    curves: curves.map(({ name, sweep, lines, points, ...told }) => ({
      name,
      label: sweep.label,
      lines,
      ...told,
      points: points.map(({ contestant, text, x, curve, differences }) => ({
        contestant: contestant.name,
        curve: curve.name,
        value: x,
        text,
        verdict: contestant.status,
        unstable: contestant.unstable,
        figures: differences,
      })),
    })),
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
