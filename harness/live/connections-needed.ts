import { connectionLimit } from "../../balancers/shared/descriptors.ts";
import { plannedRates } from "../../scenarios/capacity.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { MAX_CONNECTIONS } from "./load/plan.ts";

/** Client connections of a scenario: the generator opens no more, and every balancer is set to hold as many. */
export interface ConnectionsNeeded {
  /** What the traffic can need when a contestant answers nothing. */
  readonly wanted: number;
  /** No more than this machine allows. */
  readonly given: number;
}

const SPARE = 64;
/** Requests due within one timeout are Poisson at most: more than this many standard deviations above their mean do not happen. */
const DEVIATIONS = 5;

export function connectionsNeeded(scenario: Pick<Scenario, "traffic" | "backends">): ConnectionsNeeded {
  const { traffic } = scenario;
  const peak = plannedRates(scenario)?.peak ?? 0;
  const users = traffic.model === "closed" ? traffic.connections : open((peak * traffic.timeout) / 1_000);
  const wanted = Math.ceil(users) + SPARE;
  return { wanted, given: Math.min(wanted, MAX_CONNECTIONS, connectionLimit()) };
}

const open = (mean: number): number => mean + DEVIATIONS * Math.sqrt(mean);

/** What a user should know before a run; null when this machine allows what the scenario can need. */
export function connectionsNote(scenario: Scenario): string | null {
  const { wanted, given } = connectionsNeeded(scenario);
  if (given >= wanted) return null;
  const limit = given === MAX_CONNECTIONS ? "the ports of one address" : "ulimit -n";
  return (
    `${scenario.name} can need ${wanted} connections (rate x timeout) and this machine allows ${given} (${limit}): ` +
    "a contestant that holds all of them fails the requests beyond; a shorter timeout needs fewer"
  );
}
