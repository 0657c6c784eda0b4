import { createDistribution } from "#kernel/distribution.ts";
import { createRng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import type { Traffic } from "../../scenarios/scenario.ts";
import type { Phase } from "./work.ts";

type ClosedTraffic = Extract<Traffic, { model: "closed" }>;

/** How long the users of a closed loop pause, whoever plays them. */
export interface Think {
  readonly meanMs: Millis;
  /** Pause of a user after its request j of a phase, from (seed, user, j) alone. */
  after(user: number, j: number, phase: Phase): Millis;
}

export function createThink({ think, connections }: ClosedTraffic, seed: number): Think {
  if (typeof think === "number") return { meanMs: think, after: () => think };
  const { mean, sample } = createDistribution(think);
  const root = createRng(seed).fork("think");
  const streams = { window: root.fork("window"), warmup: root.fork("warmup") };
  return {
    meanMs: mean,
    after: (user, j, phase) => sample(streams[phase].fork(j * connections + user)),
  };
}
