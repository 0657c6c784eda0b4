/** What the command line changes in every scenario that it plays. */
import { formatDuration, type Millis } from "#kernel/units.ts";
import { ALGORITHM_FILE } from "../balancers/algorithm.ts";
import { canonicalName, readComposedName } from "../balancers/composed-name.ts";
import { composedProblem } from "./composed.ts";
import { isKeys } from "./merge.ts";
import { unknownName } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import { contestantNames, type Missing } from "./rules-judged.ts";
import type { Scenario } from "./scenario.ts";
import type { Sweep } from "./sweep.ts";
import { expandBalancer, VARIANT_NAMES } from "./variants.ts";

export interface Overrides {
  /** Instead of `contestants.balancers`. */
  readonly balancers?: readonly string[] | undefined;
  /** Instead of `contestants.algorithms`. */
  readonly algorithms?: readonly string[] | undefined;
  /** Instead of `traffic.duration`. */
  readonly durationMs?: Millis | undefined;
  /** The short form that the scenario has under `quick`. */
  readonly quick?: boolean | undefined;
  /** A series of variants instead of the scenario. */
  readonly sweep?: Sweep | undefined;
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
    problemOf: (name: string) => string | null,
  ): Problem[] => {
    if (names === undefined) return [];
    if (names.length === 0) return [problem(flag, `expected at least one of ${candidates.join(", ")}`)];
    return names.flatMap((name, i) => {
      const message = problemOf(name);
      if (message !== null) return [problem(flag, message)];
      return names.indexOf(name) < i ? [problem(flag, `${kind} ${name} is in the list twice`)] : [];
    });
  };
  return [
    ...check("--balancer", "balancer", balancers, VARIANT_NAMES, (name) =>
      VARIANT_NAMES.includes(name) || isOwnName(name) ? null : unknownName("balancer", name, VARIANT_NAMES),
    ),
    ...check("--algorithm", "algorithm", algorithms?.map(canonicalName), known, (name) =>
      // What is wrong with a file has been said already.
      ALGORITHM_FILE.test(readComposedName(name).algorithm) ? null : composedProblem(name, known),
    ),
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
export function select(
  scenario: Scenario,
  definition: unknown,
  overrides: Overrides,
  missing: Missing,
): Selected {
  if (overrides.balancers === undefined && overrides.algorithms === undefined)
    return { scenario, definition, notes: [] };
  const narrowed: Scenario = {
    ...scenario,
    contestants: {
      ...scenario.contestants,
      ...(overrides.balancers === undefined ? {} : chosen(scenario.contestants, overrides.balancers)),
      algorithms: overrides.algorithms?.map(canonicalName) ?? scenario.contestants.algorithms,
    },
  };
  const names = contestantNames(narrowed, missing);
  const there = (name: string): boolean => names.includes(name);
  const claims = scenario.claims.map(
    (claim) => there(claim.of) && (claim.below === undefined || there(claim.below)),
  );
  const objectives = scenario.objectives.map(({ of }) => of === undefined || there(of));
  const { control, ...contestants } = narrowed.contestants;
  const keepControl = control === undefined || names.includes(control);
  const notes = [
    ...scenario.claims.flatMap((claim, i) =>
      claims[i]
        ? []
        : [
            claim.below === undefined
              ? `the claim about ${claim.of} is left out: it is not played`
              : `the claim about ${claim.of} and ${claim.below} is left out: one of them is not played`,
          ],
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

type Contestants = Scenario["contestants"];

/** `nginx(my.conf)`: a configuration of the user's own, as reports name it. */
export const isOwnName = (name: string): boolean => /^(nginx|haproxy)\(.+\)$/.test(name);

/**
 * The balancers that the command line names, each exactly as reports name it. A product's plain name is its plain variant where the
 * scenario has that, else all that the scenario makes of it (`nginx-native` of a scenario with native tuning).
 */
function chosen(contestants: Contestants, names: readonly string[]): Partial<Contestants> {
  const has = contestants.balancers.flatMap((entry) =>
    typeof entry === "string" ? expandBalancer(entry, contestants).map(({ name }) => name) : [],
  );
  const balancers = names.flatMap((name): Contestants["balancers"] => {
    if (isOwnName(name))
      return contestants.balancers.filter((entry) => typeof entry !== "string" && ownName(entry) === name);
    // An unknown name is a problem that has been said already.
    if (!VARIANT_NAMES.includes(name)) return [];
    if (has.includes(name)) return [name];
    return expandBalancer(name, contestants).map((variant) => variant.name);
  });
  // What is named is named in full: nothing is left to expand.
  return { balancers: [...new Set(balancers)], tuning: "parity", zone: "shared" };
}

/** Name of a configuration of the user's own, in reports and on the command line. */
export function ownName(entry: Readonly<Record<string, string>>): string {
  const [kind = "", path = ""] = Object.entries(entry)[0] ?? [];
  return `${kind}(${path.split("/").at(-1)})`;
}

function selectIn(
  definition: unknown,
  { contestants: { balancers, algorithms, tuning, zone } }: Scenario,
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
      tuning,
      ...(zone === undefined ? {} : { zone }),
    },
    claims: keep(definition.claims, claims),
    objectives: keep(definition.objectives, objectives),
  };
}
