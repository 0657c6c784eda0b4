import { algorithms } from "../balancers/algorithms/registry.ts";
import type { RunRecord } from "../reports/record.ts";
import { capacityOf, plannedRate, unstableAlgorithms } from "../scenarios/capacity.ts";
import type { Scenario } from "../scenarios/scenario.ts";

/** What the record says of a scenario beside its trials. */
export function describeScenario(scenario: Scenario): RunRecord["scenarios"][number] {
  return {
    name: scenario.name,
    title: scenario.title,
    question: scenario.question ?? null,
    definition: scenario,
    offeredRate: plannedRate(scenario),
    capacity: capacityOf(scenario).perSecond,
    unstable: unstableAlgorithms(scenario, algorithms),
  };
}
