/** For tests and benchmarks: a trial of the builtin balancer as a plan would hold it. */
import { builtin } from "../../balancers/builtin/balancer.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import type { PlannedTrial } from "../trial.ts";

export function plannedTrial(scenario: Scenario, algorithm: string, seed: number): PlannedTrial {
  return {
    id: `${scenario.name}/builtin/${algorithm}/1`,
    scenario,
    contestant: {
      balancer: builtin,
      name: "builtin",
      algorithm,
      note: null,
      zone: true,
      tuning: "parity",
      control: false,
      ownConfig: null,
      definition: null,
      algorithmFile: null,
    },
    repeat: 1,
    counterfactual: true,
    seed,
    command: "",
  };
}
