import type { FaultSpec } from "../backends/faults/fault.ts";
import { windowsOf } from "../backends/faults/windows.ts";
import type { Scenario } from "../scenarios/scenario.ts";

/** Every single window of a scenario's faults, as a trial with this seed plays it: the same for all contestants. */
export function faultWindows(
  { faults, backends, traffic }: Pick<Scenario, "faults" | "backends" | "traffic">,
  seed: number,
): readonly FaultSpec[] {
  return windowsOf(faults, { count: backends.count, durationMs: traffic.duration, seed });
}
