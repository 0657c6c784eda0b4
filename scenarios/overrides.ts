/** What the command line changes in every scenario that it plays. */
import { formatDuration, type Millis } from "#kernel/units.ts";
import { isKeys } from "./merge.ts";
import { unknownName } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import { contestantNames } from "./rules-judged.ts";
import { BALANCER_NAMES, type BalancerName, type Scenario } from "./scenario.ts";

export interface Overrides {
  /** Instead of `contestants.balancers`. */
  readonly balancers?: readonly string[] | undefined;
  /** Instead of `contestants.algorithms`. */
  readonly algorithms?: readonly string[] | undefined;
  /** Instead of `traffic.duration`. */
  readonly durationMs?: Millis | undefined;
}

/** Names on the command line that there are not, and empty or repeated lists. */
export function checkOverrides(
  { balancers, algorithms, durationMs }: Overrides,
  known: readonly string[],
): Problem[] {
  const problem = (file: string, message: string): Problem => ({
    file,
    line: null,
    column: null,
    path: "",
    message,
  });
  const check = (
    flag: string,
    kind: string,
    names: readonly string[] | undefined,
    candidates: readonly string[],
  ): Problem[] => {
    if (names === undefined) return [];
    if (names.length === 0) return [problem(flag, `expected at least one of ${candidates.join(", ")}`)];
    return names.flatMap((name, i) => {
      if (!candidates.includes(name)) return [problem(flag, unknownName(kind, name, candidates))];
      return names.indexOf(name) < i ? [problem(flag, `${kind} ${name} is in the list twice`)] : [];
    });
  };
  return [
    ...check("--balancer", "balancer", balancers, BALANCER_NAMES),
    ...check("--algorithm", "algorithm", algorithms, known),
    ...(durationMs !== undefined && !(durationMs > 0)
      ? [problem("--duration", "must be longer than 0")]
      : []),
  ];
}

/** The shortened or lengthened window, as a file would say it. */
export function durationLayer({ durationMs }: Overrides): Readonly<Record<string, unknown>> {
  return durationMs === undefined ? {} : { traffic: { duration: formatDuration(durationMs) } };
}

export interface Selected {
  readonly scenario: Scenario;
  readonly definition: unknown;
  /** What is not judged any more, for the user to know. */
  readonly notes: readonly string[];
}

/** The scenario with the contestants of the command line; what was said about the others is left out and noted. */
export function select(scenario: Scenario, definition: unknown, overrides: Overrides): Selected {
  if (overrides.balancers === undefined && overrides.algorithms === undefined)
    return { scenario, definition, notes: [] };
  const narrowed: Scenario = {
    ...scenario,
    contestants: {
      ...scenario.contestants,
      balancers: [
        ...((overrides.balancers as readonly BalancerName[] | undefined) ?? scenario.contestants.balancers),
      ],
      algorithms: [...(overrides.algorithms ?? scenario.contestants.algorithms)],
    },
  };
  const names = contestantNames(narrowed);
  const { algorithms } = narrowed.contestants;
  const there = (name: string): boolean => algorithms.includes(name) || names.includes(name);
  const claims = scenario.claims.map((claim) => there(claim.of) && there(claim.below));
  const objectives = scenario.objectives.map(({ of }) => of === undefined || there(of));
  const { control, ...contestants } = narrowed.contestants;
  const keepControl = control === undefined || names.includes(control);
  const notes = [
    ...scenario.claims.flatMap((claim, i) =>
      claims[i]
        ? []
        : [`the claim about ${claim.of} and ${claim.below} is left out: one of them is not played`],
    ),
    ...scenario.objectives.flatMap(({ of, metric }, i) =>
      objectives[i] ? [] : [`the objective ${metric} of ${of} is left out: it is not played`],
    ),
    ...(keepControl ? [] : [`the control contestant ${control} is left out: it is not played`]),
  ];
  return {
    scenario: {
      ...narrowed,
      contestants: keepControl ? narrowed.contestants : contestants,
      claims: scenario.claims.filter((_, i) => claims[i]),
      objectives: scenario.objectives.filter((_, i) => objectives[i]),
    },
    definition: selectIn(definition, narrowed, keepControl, claims, objectives),
    notes,
  };
}

function selectIn(
  definition: unknown,
  { contestants: { balancers, algorithms } }: Scenario,
  keepControl: boolean,
  claims: readonly boolean[],
  objectives: readonly boolean[],
): unknown {
  if (!isKeys(definition) || !isKeys(definition.contestants)) return definition;
  const { control, ...contestants } = definition.contestants;
  const keep = (list: unknown, wanted: readonly boolean[]): unknown =>
    Array.isArray(list) ? list.filter((_, i) => wanted[i]) : [];
  return {
    ...definition,
    contestants: {
      ...contestants,
      ...(keepControl && control !== undefined ? { control } : {}),
      balancers,
      algorithms,
    },
    claims: keep(definition.claims, claims),
    objectives: keep(definition.objectives, objectives),
  };
}
