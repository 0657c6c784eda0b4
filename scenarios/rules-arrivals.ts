/** Rules about when requests are due. */
import { formatDuration } from "#kernel/units.ts";
import type { Finding } from "./problem.ts";
import type { RuleContext } from "./rules.ts";
import type { Scenario } from "./scenario.ts";

/** A change of the rate that the window ends before would never be seen. */
const changesAreSeen = ({ traffic }: Scenario, { durationFrom }: RuleContext): Finding[] => {
  if (traffic.model === "closed") return [];
  const by = durationFrom === undefined ? "" : `, set by ${durationFrom}`;
  const unseen = (atMs: number): string | null =>
    atMs < traffic.duration
      ? null
      : `begins at ${formatDuration(atMs)}, when the measured window is over (duration ${formatDuration(traffic.duration)}${by}): it would never be seen`;
  const { arrivals } = traffic;
  if (arrivals.type === "spike") {
    const message = unseen(arrivals.at);
    return message === null ? [] : [{ path: ["traffic", "arrivals", "at"], message }];
  }
  if (arrivals.type !== "steps") return [];
  let startMs = 0;
  return arrivals.levels.flatMap((step, i): Finding[] => {
    const message = unseen(startMs);
    startMs += step.for;
    return message === null ? [] : [{ path: ["traffic", "arrivals", "levels", i], message }];
  });
};

export const arrivalRules = [changesAreSeen] as const;
