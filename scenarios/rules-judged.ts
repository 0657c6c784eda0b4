/** Rules about what is judged: claims, objectives and the control contestant. */
import { metricProblem, unitOfMetric } from "./metric.ts";
import { unknownName } from "./nearest.ts";
import type { Finding } from "./problem.ts";
import type { Scenario } from "./scenario.ts";
import { expandBalancer } from "./variants.ts";

/** `BALANCER/ALGORITHM` of every contestant that runs one of our configurations, as `control` and `of` name them. */
export function contestantNames({ contestants }: Scenario): string[] {
  const { balancers, algorithms } = contestants;
  const named = balancers.flatMap((entry): readonly string[] =>
    typeof entry === "string" ? expandBalancer(entry, contestants).map(({ name }) => name) : [],
  );
  return named.flatMap((balancer) => algorithms.map((algorithm) => `${balancer}/${algorithm}`));
}

const metricsExist = (scenario: Scenario): Finding[] => {
  const lengths = { backends: scenario.backends.count, faults: scenario.faults.length };
  const check = (list: "claims" | "objectives") =>
    scenario[list].flatMap(({ metric }, i): Finding[] => {
      const message = metricProblem(metric, lengths);
      return message === null ? [] : [{ path: [list, i, "metric"], message }];
    });
  return [...check("claims"), ...check("objectives")];
};

const claimsNameContestants = ({ claims, contestants }: Scenario): Finding[] =>
  claims.flatMap((claim, i): Finding[] => {
    if (claim.of === claim.below)
      return [{ path: ["claims", i, "below"], message: `compares ${claim.of} with itself` }];
    return (["of", "below"] as const).flatMap((key): Finding[] => {
      if (contestants.algorithms.includes(claim[key])) return [];
      const message = unknownName("contestant", claim[key], contestants.algorithms);
      return [{ path: ["claims", i, key], message }];
    });
  });

const objectivesNameContestants = (scenario: Scenario): Finding[] =>
  scenario.objectives.flatMap(({ of }, i): Finding[] => {
    const names = [...scenario.contestants.algorithms, ...contestantNames(scenario)];
    if (of === undefined || names.includes(of)) return [];
    return [{ path: ["objectives", i, "of"], message: unknownName("contestant", of, names) }];
  });

const controlExists = (scenario: Scenario): Finding[] => {
  const { control } = scenario.contestants;
  const names = contestantNames(scenario);
  if (control === undefined || names.includes(control)) return [];
  return [{ path: ["contestants", "control"], message: unknownName("contestant", control, names) }];
};

const limitsMakeSense = ({ objectives }: Scenario): Finding[] =>
  objectives.flatMap((objective, i): Finding[] => {
    const key = objective.atMost === undefined ? "atLeast" : "atMost";
    const limit = objective[key];
    const path = ["objectives", i, key];
    if (limit === undefined) return [];
    if (limit < 0 && !objective.metric.startsWith("growth."))
      return [{ path, message: `cannot be negative, got ${limit}` }];
    if (limit > 1 && unitOfMetric(objective.metric) === "share")
      return [{ path, message: `${objective.metric} is a share from 0 to 1, such as 0.05 or "5%"` }];
    return [];
  });

/** A limit keeps no unit once it is read, so its unit is compared with the metric's in the text of the file. */
export function limitUnits(objectives: unknown): Finding[] {
  if (!Array.isArray(objectives)) return [];
  return objectives.flatMap((objective: unknown, i): Finding[] => {
    if (typeof objective !== "object" || objective === null) return [];
    const { metric, atMost, atLeast } = objective as Readonly<Record<string, unknown>>;
    const limit = atMost ?? atLeast;
    if (typeof metric !== "string" || typeof limit !== "string") return [];
    const path = ["objectives", i, atMost === undefined ? "atLeast" : "atMost"];
    const unit = unitOfMetric(metric);
    if (limit.trim().endsWith("%"))
      return unit === "share"
        ? []
        : [{ path, message: `${metric} is not a share, so ${limit} says nothing` }];
    return unit === "ms" ? [] : [{ path, message: `${metric} is not a time, so ${limit} says nothing` }];
  });
}

export const judgedRules = [
  metricsExist,
  claimsNameContestants,
  objectivesNameContestants,
  controlExists,
  limitsMakeSense,
] as const;
