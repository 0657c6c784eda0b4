import { algorithms } from "../balancers/algorithms/registry.ts";
import type { RunRecord } from "../reports/record.ts";
import { capacityOf, plannedRate, unstableAlgorithms } from "../scenarios/capacity.ts";
import type { LoadedScenario } from "../scenarios/load.ts";

/** What the record says of a scenario beside its trials. */
export function describeScenario({
  scenario,
  ownAlgorithms,
}: Pick<LoadedScenario, "scenario" | "ownAlgorithms">): RunRecord["scenarios"][number] {
  const own = [...ownAlgorithms.values()];
  return {
    name: scenario.name,
    title: scenario.title,
    question: scenario.question ?? null,
    definition: scenario,
    offeredRate: plannedRate(scenario),
    capacity: capacityOf(scenario).perSecond,
    unstable: unstableAlgorithms(scenario, [...algorithms, ...own.map(({ definition }) => definition)]),
    ownAlgorithms: own.map(({ path, sha256, definition }) => ({ name: definition.name, file: path, sha256 })),
  };
}
