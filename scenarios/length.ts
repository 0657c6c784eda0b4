/** How long a scenario keeps a person waiting, as far as that can be planned. */
import { capacityOf, plannedRates } from "./capacity.ts";
import { contestantNames, type Missing } from "./rules-judged.ts";
import type { Scenario } from "./scenario.ts";

/** What starting, verifying and stopping add to each live trial. */
export const TRIAL_OVERHEAD_MS = 1_500;

/** Trials of one live run without repeats. */
export function liveTrials(scenario: Scenario, missing: Missing): number {
  const { balancers, control } = scenario.contestants;
  const own = balancers.filter((entry) => typeof entry !== "string").length;
  const pairs = contestantNames(scenario, missing).filter((name) => name.includes("/")).length;
  return pairs + own + (control === undefined ? 0 : 1);
}

/** Duration of a live run, ms. */
export function liveMs(scenario: Scenario, missing: Missing): number {
  const { warmup, duration } = scenario.traffic;
  return liveTrials(scenario, missing) * (warmup + duration + TRIAL_OVERHEAD_MS);
}

/** Requests that a simulation plays, over all algorithms; of a closed loop what its users could send if nothing took any time but the service. */
export function simulatedRequests(scenario: Scenario): number {
  const { warmup, duration } = scenario.traffic;
  const rate = plannedRates(scenario)?.mean ?? capacityOf(scenario).perSecond;
  return Math.round(((warmup + duration) / 1_000) * rate) * scenario.contestants.algorithms.length;
}
