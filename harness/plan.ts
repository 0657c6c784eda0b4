import type { Balancer } from "../balancers/balancer.ts";
import type { LoadedScenario } from "../scenarios/load.ts";
import { contestantsOf, type Unsupported } from "./contestants.ts";
import type { Contestant, PlannedTrial } from "./trial.ts";

export interface PlanOptions {
  /** What plays a trial again. */
  readonly command: "run" | "simulate";
  readonly seed: number;
  readonly repeat: number;
  /** Trials with faults are played without them, too. */
  readonly counterfactual: boolean;
  /** Where the run keeps its scenarios, as a user would type it: commands that repeat a trial name them. */
  readonly scenarioPath: (scenario: string) => string;
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
  options: PlanOptions,
): Plan {
  const unsupported = new Map<string, Unsupported>();
  const trials = scenarios.flatMap((loaded) => {
    const { contestants, unsupported: missing } = contestantsOf(loaded, balancers);
    for (const pair of missing) unsupported.set(`${pair.balancer}/${pair.algorithm}`, pair);
    return Array.from({ length: options.repeat }, (_, index) =>
      // Every other repeat goes backwards: what drifts with time does not favour whoever comes first.
      (index % 2 === 0 ? contestants : [...contestants].reverse()).map((contestant) =>
        toTrial(loaded, contestant, index + 1, options),
      ),
    ).flat();
  });
  return { trials, unsupported: [...unsupported.values()] };
}

function toTrial(
  { scenario }: LoadedScenario,
  contestant: Contestant,
  repeat: number,
  options: PlanOptions,
): PlannedTrial {
  const name = `${contestant.name}/${contestant.algorithm}${contestant.control ? "/control" : ""}`;
  const seed = options.seed + repeat - 1;
  const balancer = options.command === "run" ? ["--balancer", contestant.name] : [];
  const algorithm = contestant.ownConfig === null ? ["--algorithm", contestant.algorithm] : [];
  const words = [
    "npx",
    "evenkeel",
    options.command,
    options.scenarioPath(scenario.name),
    ...balancer,
    ...algorithm,
    "--seed",
    String(seed),
    ...flagOf(options, scenario.faults.length > 0),
  ];
  return {
    id: `${scenario.name}/${name}/${repeat}`,
    scenario,
    contestant,
    repeat,
    seed,
    counterfactual: options.counterfactual,
    command: words.map(quote).join(" "),
  };
}

/** What is not the default of the command; of no meaning without faults. */
function flagOf({ command, counterfactual }: PlanOptions, isFaulty: boolean): readonly string[] {
  if (!isFaulty || counterfactual === (command === "simulate")) return [];
  return [counterfactual ? "--counterfactual" : "--no-counterfactual"];
}

/** For pasting into a POSIX shell. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
