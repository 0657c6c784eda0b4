import type { Contestant, PlannedTrial } from "../trial.ts";
import type { TrialIdentity } from "./assemble.ts";

/** What of a trial's record is known from the plan alone. */
export function identityOf(
  {
    id,
    scenario,
    contestant,
    repeat,
    seed,
    command,
  }: Omit<PlannedTrial, "contestant"> & { readonly contestant: Omit<Contestant, "balancer" | "definition"> },
  engine: TrialIdentity["engine"],
): TrialIdentity {
  return {
    id,
    scenario: scenario.name,
    engine,
    runtime: "process",
    balancer: contestant.name,
    algorithm: contestant.algorithm,
    control: contestant.control,
    note: contestant.note,
    repeat,
    seed,
    startedAt: new Date().toISOString(),
    warmupMs: scenario.traffic.warmup,
    configs: [],
    command,
    rows: "",
  };
}
