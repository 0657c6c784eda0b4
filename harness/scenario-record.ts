import { readComposedName } from "../balancers/composed-name.ts";
import { findAlgorithm } from "../balancers/find-algorithm.ts";
import type { RunRecord } from "../reports/record.ts";
import { capacityOf, plannedRates, unstableAlgorithms } from "../scenarios/capacity.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { isDemandKnown, isReal, needsService } from "../scenarios/real-django.ts";
import type { Scenario } from "../scenarios/scenario.ts";

/** What the record says of a scenario beside its trials. */
export function describeScenario({
  scenario,
  sweep,
  ownAlgorithms,
}: Pick<LoadedScenario, "scenario" | "sweep" | "ownAlgorithms">): RunRecord["scenarios"][number] {
  const rates = plannedRates(scenario);
  const own = [...ownAlgorithms.values()];
  const ours = scenario.contestants.algorithms.flatMap(
    (name) => findAlgorithm(readComposedName(name).algorithm) ?? [],
  );
  return {
    name: scenario.name,
    title: scenario.title,
    question: scenario.question ?? null,
    definition: withoutIdleService(withoutInstants(scenario)),
    offeredRate: rates?.mean ?? null,
    ...(rates === null || rates.lowest === rates.peak
      ? {}
      : { offeredRange: [rates.lowest, rates.peak] as [number, number] }),
    capacity: isDemandKnown(scenario) ? capacityOf(scenario).perSecond : null,
    ...(sweep === null ? {} : { sweep: { ...sweep, path: [...sweep.path] } }),
    unstable: unstableAlgorithms(scenario, [...ours, ...own.map(({ definition }) => definition)]),
    ownAlgorithms: own.map(({ path, sha256, definition }) => ({ name: definition.name, file: path, sha256 })),
  };
}

/** Instants that were read from a file stay in the file, of which the run folder has a copy. */
function withoutInstants(scenario: Scenario): Scenario {
  const { traffic } = scenario;
  if (traffic.model === "closed" || traffic.arrivals.type !== "trace") return scenario;
  const { times, ...arrivals } = traffic.arrivals;
  return arrivals.file === undefined ? scenario : { ...scenario, traffic: { ...traffic, arrivals } };
}

/** What no request of a real server goes by is not what the scenario says. */
function withoutIdleService(scenario: Scenario): unknown {
  if (!isReal(scenario) || needsService(scenario)) return scenario;
  const { service: _, ...backends } = scenario.backends;
  return { ...scenario, backends };
}
