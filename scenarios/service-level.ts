import { capacityOf } from "./capacity.ts";
import { DEFAULT_AVAILABILITY, type Scenario } from "./scenario.ts";

/** An answer that took longer than so many mean demands is late, where the scenario does not say. */
const PATIENCE = 10;

/** What failures and slow answers are counted against: the scenario's `slo`, or what is usual. */
export function serviceLevelOf(scenario: Pick<Scenario, "backends" | "traffic" | "slo">): {
  readonly availability: number;
  readonly latencyMs: number;
} {
  const { availability = DEFAULT_AVAILABILITY, latency } = scenario.slo ?? {};
  return { availability, latencyMs: latency ?? PATIENCE * capacityOf(scenario).meanDemandMs };
}
