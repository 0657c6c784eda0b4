import { algorithms } from "../../balancers/algorithms/registry.ts";
import { merge } from "../../scenarios/merge.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { validate } from "../../scenarios/validate.ts";

/** A small scenario with what `over` says of it, as a file would. */
export function scenarioOf(over: unknown): Scenario {
  const base = {
    name: "test",
    title: "Test",
    backends: { count: 4, service: { type: "exponential", mean: "10ms" } },
    traffic: { model: "open", arrivals: { type: "poisson", load: 0.5 }, warmup: "1s", duration: "10s" },
    contestants: { balancers: ["builtin"] },
  };
  const names = algorithms.map(({ name }) => name);
  const { scenario, findings } = validate(merge(base, over), { algorithms: names, durationFrom: undefined });
  if (scenario === null) throw new Error(findings.map(({ message }) => message).join("\n"));
  return scenario;
}
