import type { Balancer } from "../balancers/balancer.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { contestantsOf, type Unsupported } from "./contestants.ts";
import type { Contestant, PlannedTrial } from "./trial.ts";

export interface PlanOptions {
  readonly seed: number;
  readonly repeat: number;
}

export interface Plan {
  /** By scenario (its backends stay up), and within it by repeat: repeats of a contestant are spread over the scenario's time. */
  readonly trials: readonly PlannedTrial[];
  readonly unsupported: readonly Unsupported[];
}

/** Scenarios x repeats x contestants to an ordered list of trials. Equal repeats have equal seeds, so all contestants get the same work. */
export function planTrials(
  scenarios: readonly LoadedScenario[],
  balancers: readonly Balancer[],
  { seed, repeat }: PlanOptions,
): Plan {
  const unsupported = new Map<string, Unsupported>();
  const trials = scenarios.flatMap((loaded) => {
    const { contestants, unsupported: missing } = contestantsOf(loaded, balancers);
    for (const pair of missing) unsupported.set(`${pair.balancer}/${pair.algorithm}`, pair);
    return Array.from({ length: repeat }, (_, index) =>
      // Every other repeat goes backwards: what drifts with time does not favour whoever comes first.
      (index % 2 === 0 ? contestants : [...contestants].reverse()).map((contestant) =>
        toTrial(loaded, contestant, index + 1, seed),
      ),
    ).flat();
  });
  return { trials, unsupported: [...unsupported.values()] };
}

function toTrial(loaded: LoadedScenario, contestant: Contestant, repeat: number, seed: number): PlannedTrial {
  const name = `${contestant.name}/${contestant.algorithm}${contestant.control ? "/control" : ""}`;
  const trialSeed = seed + repeat - 1;
  return {
    id: `${loaded.scenario.name}/${name}/${repeat}`,
    scenario: loaded.scenario,
    contestant,
    repeat,
    seed: trialSeed,
    command: commandOf(loaded, contestant, trialSeed),
  };
}

function commandOf(loaded: LoadedScenario, contestant: Contestant, seed: number): string {
  const words = ["npx", "evenkeel", "run", loaded.path];
  if (contestant.ownConfig === null)
    words.push("--balancer", contestant.balancer.name, "--algorithm", contestant.algorithm);
  if (loaded.durationChanged) words.push("--duration", `${loaded.scenario.traffic.duration}ms`);
  return [...words, "--seed", String(seed)].map(quote).join(" ");
}

/** For pasting into a POSIX shell. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
