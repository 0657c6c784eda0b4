/** Rules about what is judged: claims, objectives and the control contestant. */
import { composedProblem } from "./composed.ts";
import { metricProblem, unitOfMetric } from "./metric.ts";
import { nearest, unknownName } from "./nearest.ts";
import type { Finding } from "./problem.ts";
import { requestsOf } from "./requests.ts";
import type { RuleContext } from "./rules.ts";
import { windowsIn } from "./rules-faults.ts";
import type { Scenario } from "./scenario.ts";
import { type BalancerName, expandBalancer, type Variant } from "./variants.ts";

/** Why a product has no such algorithm, null when it has it. */
export type Missing = (balancer: BalancerName, algorithm: string) => string | null;

/** A pair of a balancer and an algorithm, as `control` and `of` name it, and why it cannot be played. */
interface Pair {
  readonly name: string;
  readonly algorithm: string;
  readonly missing: string | null;
}

function pairsOf({ contestants }: Pick<Scenario, "contestants">, missing: Missing): readonly Pair[] {
  const { balancers, algorithms } = contestants;
  const variants = balancers.flatMap((entry): readonly Variant[] =>
    typeof entry === "string" ? expandBalancer(entry, contestants) : [],
  );
  return variants.flatMap(({ name, balancer }) =>
    algorithms.map((algorithm) => ({
      name: `${name}/${algorithm}`,
      algorithm,
      missing: missing(balancer, algorithm),
    })),
  );
}

/** `BALANCER/ALGORITHM` of every contestant that runs one of our configurations, and its algorithm alone. */
export function contestantNames(
  scenario: Pick<Scenario, "contestants">,
  missing: Missing,
): readonly string[] {
  const played = pairsOf(scenario, missing).filter((pair) => pair.missing === null);
  return [...new Set(played.flatMap(({ algorithm, name }) => [algorithm, name]))];
}

/** Why nobody plays under a name, null when somebody does. */
function whyNobody(
  name: string,
  scenario: Scenario,
  missing: Missing,
  candidates: readonly string[],
): string | null {
  const pairs = pairsOf(scenario, missing).filter((pair) => pair.name === name || pair.algorithm === name);
  if (pairs.some((pair) => pair.missing === null)) return null;
  const [pair] = pairs;
  if (pair !== undefined) return `${pair.name} cannot be played: ${pair.missing}`;
  if (scenario.contestants.algorithms.includes(name))
    return `${name} is not played: there are configurations of your own alone`;
  return unknownName("contestant", name, candidates);
}

const metricsExist = (scenario: Scenario): Finding[] => {
  const types = requestsOf(scenario).length;
  const lengths = {
    backends: scenario.backends.count,
    faults: windowsIn(scenario).length,
    requests: types > 1 ? types : 0,
  };
  const check = (list: "claims" | "objectives") =>
    scenario[list].flatMap(({ metric }, i): Finding[] => {
      const message = metricProblem(metric, lengths);
      return message === null ? [] : [{ path: [list, i, "metric"], message }];
    });
  return [...check("claims"), ...check("objectives")];
};

const HAS_ALL: Missing = () => null;

const claimsNameContestants = (
  scenario: Scenario,
  { algorithms: known, missing = HAS_ALL }: RuleContext,
): Finding[] =>
  scenario.claims.flatMap((claim, i): Finding[] => {
    if (claim.of === claim.below)
      return [{ path: ["claims", i, "below"], message: `compares ${claim.of} with itself` }];
    const { algorithms } = scenario.contestants;
    return (["of", "below"] as const).flatMap((key): Finding[] => {
      const name = claim[key];
      if (name === undefined) return [];
      // Who misspelt an algorithm there is told so there.
      const misspelt = algorithms.filter((algorithm) => composedProblem(algorithm, known) !== null);
      if (known.includes(name) && nearest(name, misspelt) !== null) return [];
      // A claim is about algorithms, within each balancer.
      const message = algorithms.includes(name)
        ? whyNobody(name, scenario, missing, algorithms)
        : unknownName("contestant", name, algorithms);
      return message === null ? [] : [{ path: ["claims", i, key], message }];
    });
  });

const objectivesNameContestants = (scenario: Scenario, { missing = HAS_ALL }: RuleContext): Finding[] =>
  scenario.objectives.flatMap(({ of }, i): Finding[] => {
    if (of === undefined) return [];
    const message = whyNobody(of, scenario, missing, contestantNames(scenario, missing));
    return message === null ? [] : [{ path: ["objectives", i, "of"], message }];
  });

const somebodyPlays = (
  scenario: Scenario,
  { algorithms: known, missing = HAS_ALL }: RuleContext,
): Finding[] => {
  const { balancers, algorithms } = scenario.contestants;
  const pairs = pairsOf(scenario, missing);
  const [first] = pairs;
  // What is misspelt is said elsewhere, and a configuration of the user's own plays whatever the algorithms are.
  const isOther =
    algorithms.some((name) => composedProblem(name, known) !== null) ||
    balancers.some((b) => typeof b !== "string");
  if (isOther || first === undefined || pairs.some((pair) => pair.missing === null)) return [];
  return [
    {
      path: ["contestants", "algorithms"],
      message: `nothing can be played: ${first.name}: ${first.missing}`,
    },
  ];
};

const controlExists = (scenario: Scenario, { missing = HAS_ALL }: RuleContext): Finding[] => {
  const { control } = scenario.contestants;
  if (control === undefined) return [];
  const names = contestantNames(scenario, missing).filter((name) => name.includes("/"));
  const message = control.includes("/")
    ? whyNobody(control, scenario, missing, names)
    : unknownName("contestant", control, names);
  return message === null ? [] : [{ path: ["contestants", "control"], message }];
};

/** Slopes and differences. */
const MAY_BE_NEGATIVE = /^growth\.|\.(extraFailures|excessMs|excessWaitMs|beforeMs)$/;

const limitsMakeSense = ({ objectives }: Scenario): Finding[] =>
  objectives.flatMap((objective, i): Finding[] => {
    const key = objective.atMost === undefined ? "atLeast" : "atMost";
    const limit = objective[key];
    const path = ["objectives", i, key];
    if (limit === undefined) return [];
    if (limit < 0 && !MAY_BE_NEGATIVE.test(objective.metric))
      return [{ path, message: `cannot be negative, got ${limit}` }];
    if (limit > 1 && unitOfMetric(objective.metric) === "share")
      return [{ path, message: `${objective.metric} is a share from 0 to 1, such as 0.05 or "5%"` }];
    return [];
  });

/** A number keeps no unit once it is read, so its unit is compared with the metric's in the text of the file. */
export function limitUnits(claims: unknown, objectives: unknown): Finding[] {
  return [
    ...entriesOf(objectives).flatMap(([i, { metric, atMost, atLeast }]) =>
      unitFindings(metric, atMost ?? atLeast, ["objectives", i, atMost === undefined ? "atLeast" : "atMost"]),
    ),
    ...entriesOf(claims).flatMap(([i, { metric, below, expected }]) =>
      // Of two algorithms it is a ratio.
      unitFindings(below === undefined ? metric : "growth", expected, ["claims", i, "expected"]),
    ),
  ];
}

function entriesOf(list: unknown): readonly (readonly [number, Readonly<Record<string, unknown>>])[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown, i) =>
    typeof entry === "object" && entry !== null
      ? [[i, entry as Readonly<Record<string, unknown>>] as const]
      : [],
  );
}

function unitFindings(metric: unknown, limit: unknown, path: Finding["path"]): Finding[] {
  if (typeof metric !== "string") return [];
  const unit = unitOfMetric(metric);
  if (typeof limit === "number" && unit === "ms")
    return [{ path, message: `${metric} is a time: a number needs a unit; ${limit}ms or ${limit}s?` }];
  if (typeof limit !== "string") return [];
  if (limit.trim().endsWith("%"))
    return unit === "share" ? [] : [{ path, message: `${metric} is not a share, so ${limit} says nothing` }];
  return unit === "ms" ? [] : [{ path, message: `${metric} is not a time, so ${limit} says nothing` }];
}

export const judgedRules = [
  metricsExist,
  somebodyPlays,
  claimsNameContestants,
  objectivesNameContestants,
  controlExists,
  limitsMakeSense,
] as const;
