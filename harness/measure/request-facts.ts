import { mixOf, requestsOf } from "../../scenarios/requests.ts";
import type { Scenario } from "../../scenarios/scenario.ts";

/** What the measuring must know of a scenario's requests. */
export function requestFacts(scenario: Pick<Scenario, "traffic" | "backends">): {
  readonly requests: readonly string[];
  readonly mix: { readonly hasSessions: boolean } | null;
} {
  const plan = mixOf(scenario);
  return {
    requests: requestsOf(scenario).map(({ name }) => name),
    mix: plan === null ? null : { hasSessions: plan.sessions !== null },
  };
}
