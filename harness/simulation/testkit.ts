import type { Tuning } from "../../balancers/balancer.ts";
import { readComposedName } from "../../balancers/composed-name.ts";
import { findAlgorithm } from "../../balancers/find-algorithm.ts";
import { rulesOf } from "../../balancers/overlay-rules.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { readMsOf } from "../read-limit.ts";
import type { Row } from "../rows.ts";
import { type Listener, playVirtual, type VirtualRun } from "./play.ts";

/** Plays a whole trial; every row is handed out once. */
export function playAll(
  scenario: Scenario,
  name: string,
  seed: number,
  visit: (row: Row) => void,
  listener: Partial<Omit<Listener, "row">> = {},
  tuning: Tuning = "parity",
): VirtualRun {
  const base = readComposedName(name).algorithm;
  const algorithm = findAlgorithm(base);
  const overlays = rulesOf(name, scenario.contestants.overlays);
  if (algorithm === undefined) throw new Error(`no algorithm ${name}`);
  const run = playVirtual(
    { scenario, algorithm, overlays, seed, tuning, readMs: readMsOf(scenario) },
    { attempt: () => undefined, completed: () => undefined, ...listener, row: visit },
  );
  while (run.step(1_000_000));
  return run;
}
