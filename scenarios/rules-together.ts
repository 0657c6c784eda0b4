/** Rules about all scenarios of a command together. */

import { readComposedName } from "../balancers/composed-name.ts";
import { findAlgorithm } from "../balancers/find-algorithm.ts";
import type { LoadedScenario } from "./load.ts";
import type { Problem } from "./problem.ts";

/** Trials are named after their scenario, so two of one name would overwrite each other. */
export function sharedNames(loaded: readonly Pick<LoadedScenario, "scenario" | "path">[]): Problem[] {
  return loaded.flatMap(({ scenario, path }, i): Problem[] => {
    const first = loaded.findIndex((other) => other.scenario.name === scenario.name);
    if (first === i) return [];
    const message = `${JSON.stringify(scenario.name)} is also the name of ${loaded[first]!.path}; every scenario of a run needs its own`;
    return [{ file: path, line: null, column: null, path: "name", message }];
  });
}

/** A name of the command line that another scenario's file gave. */
export function missingAlgorithms(
  loaded: readonly Pick<LoadedScenario, "scenario" | "ownAlgorithms">[],
  known: readonly string[],
): Problem[] {
  return loaded.flatMap(({ scenario, ownAlgorithms }) =>
    scenario.contestants.algorithms.flatMap((name): Problem[] => {
      const { algorithm } = readComposedName(name);
      const isThere = findAlgorithm(algorithm) !== undefined || ownAlgorithms.has(algorithm);
      if (isThere || !known.includes(algorithm)) return [];
      const message = `${scenario.name} has no ${name}`;
      return [{ file: "--algorithm", line: null, column: null, path: "", message }];
    }),
  );
}
