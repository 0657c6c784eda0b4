import { algorithms } from "../../balancers/algorithms/registry.ts";
import { readComposedName } from "../../balancers/composed-name.ts";
import { rulesOf } from "../../balancers/overlay-rules.ts";
import { merge } from "../../scenarios/merge.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { validate } from "../../scenarios/validate.ts";
import { readMsOf } from "../read-limit.ts";
import type { Row } from "../rows.ts";
import { type Listener, playVirtual, type VirtualRun } from "./play.ts";

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

/** Plays a whole trial; every row is handed out once. */
export function playAll(
  scenario: Scenario,
  name: string,
  seed: number,
  visit: (row: Row) => void,
  listener: Partial<Omit<Listener, "row">> = {},
): VirtualRun {
  const base = readComposedName(name).algorithm;
  const algorithm = algorithms.find((each) => each.name === base);
  const overlays = rulesOf(name, scenario.contestants.overlays);
  if (algorithm === undefined) throw new Error(`no algorithm ${name}`);
  const run = playVirtual(
    { scenario, algorithm, overlays, seed, tuning: "parity", readMs: readMsOf(scenario) },
    { attempt: () => undefined, completed: () => undefined, ...listener, row: visit },
  );
  while (run.step(1_000_000));
  return run;
}
