import type { Contestant } from "../contestants.ts";
import type { RunRecord } from "../record.ts";
import type { ScenarioSummary } from "../summary.ts";
import type { Summarised } from "./places.ts";

/** One contestant in both runs. */
export interface Pair {
  /** Of the first run; a simulation calls every contestant builtin. */
  readonly name: string;
  readonly algorithm: string;
  /** Of the first run; rankings are compared within it. */
  readonly balancer: string;
  readonly first: Contestant;
  readonly second: Contestant;
}

/** A scenario that both runs played. */
export interface ComparedScenario {
  readonly name: string;
  readonly title: string;
  readonly pairs: readonly Pair[];
  /** Contestants that one of the runs alone has. */
  readonly alone: readonly string[];
  /** What was not alike in the two: then differences are not the contestants' alone. */
  readonly unlike: readonly string[];
}

export interface Matched {
  readonly scenarios: readonly ComparedScenario[];
  /** Scenarios that one of the runs alone has. */
  readonly alone: readonly string[];
}

/**
 * Scenarios by name and contestants by name. A simulation plays each algorithm once, as builtin: there every contestant of the
 * other run is matched by its algorithm.
 */
export function matchRuns(
  { run: first, summary: one }: Summarised,
  { run: second, summary: two }: Summarised,
): Matched {
  const byAlgorithm = isSimulated(first) !== isSimulated(second);
  const names = new Set([...one.scenarios, ...two.scenarios].map(({ name }) => name));
  const scenarios: ComparedScenario[] = [];
  const alone: string[] = [];
  for (const name of names) {
    const [a, b] = [one, two].map(({ scenarios }) => scenarios.find((scenario) => scenario.name === name));
    if (a === undefined || b === undefined) alone.push(name);
    else {
      const [x, y] = [first, second].map(({ trials }) =>
        trials.flatMap(({ scenario, seed }) => (scenario === name ? [seed] : [])),
      ) as [number[], number[]];
      scenarios.push(matchScenario(a, b, byAlgorithm, seedsApart(x, y)));
    }
  }
  return { scenarios, alone };
}

export const isSimulated = ({ trials }: RunRecord): boolean =>
  trials.length > 0 && trials.every(({ engine }) => engine === "simulation");

function matchScenario(
  a: ScenarioSummary,
  b: ScenarioSummary,
  byAlgorithm: boolean,
  seeds: string | null,
): ComparedScenario {
  const matches = (x: Contestant, y: Contestant): boolean =>
    byAlgorithm ? x.algorithm === y.algorithm : x.name === y.name;
  const pairs = a.contestants.flatMap((first) =>
    b.contestants
      .filter((second) => matches(first, second))
      .map((second): Pair => {
        const { name, balancer, algorithm } = first;
        return { name, algorithm, balancer, first, second };
      }),
  );
  const paired = new Set(pairs.flatMap(({ first, second }) => [first, second]));
  return {
    name: a.name,
    title: a.title,
    pairs,
    alone: [...a.contestants, ...b.contestants].filter((c) => !paired.has(c)).map((c) => c.name),
    unlike: [...(seeds === null ? [] : [seeds]), ...unlike(a, b)],
  };
}

/** What is to be said of the seeds of two runs; null when they are the same. */
export function seedsApart(first: readonly number[], second: readonly number[]): string | null {
  const [a, b] = [first, second].map((seeds) => [...new Set(seeds)].join(", "));
  return a === b ? null : `the seeds are ${a} and ${b}: other requests, so chance is in every difference`;
}

function unlike(a: ScenarioSummary, b: ScenarioSummary): string[] {
  const facts = [
    ["the rate", a.offeredRate, b.offeredRate, "closed"],
    ["the capacity", a.capacity, b.capacity, "not known"],
  ] as const;
  return facts.flatMap(([what, x, y, none]) =>
    x === y ? [] : [`${what} is ${x ?? none} and ${y ?? none} per second`],
  );
}
