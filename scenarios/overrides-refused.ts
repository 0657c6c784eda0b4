/** What the command line asks of a scenario that has nothing of the kind. */
import { canonicalName } from "../balancers/composed-name.ts";
import { idleOverlay } from "./composed.ts";
import { isOwnName, type Overrides } from "./overrides.ts";
import type { Problem } from "./problem.ts";
import type { Scenario } from "./scenario.ts";

const refusal = (file: "--balancer" | "--algorithm", message: string): Problem => ({
  file,
  line: null,
  column: null,
  path: "",
  message,
});

/** Configurations of the user's own that a scenario without a balancer left does not have; other names that there are not have been said already. */
export const absentBalancers = ({ name, contestants }: Scenario, { balancers = [] }: Overrides): Problem[] =>
  contestants.balancers.length > 0
    ? []
    : balancers.filter(isOwnName).map((absent) => refusal("--balancer", `${name} has no ${absent}`));

/** Overlays that would have nothing to do. */
export const idleOverlays = (scenario: Scenario, { algorithms = [] }: Overrides): Problem[] =>
  algorithms.flatMap((name) => {
    const message = idleOverlay(canonicalName(name), scenario);
    return message === null ? [] : [refusal("--algorithm", message)];
  });
