import { loadScenarios } from "../../scenarios/load.ts";
import { formatProblem, type Problem, ScenarioError } from "../../scenarios/problem.ts";
import { EXIT, type Io } from "../io.ts";

/** Checks each file by itself: a line on stdout for every good one, the problems of the others on stderr. Gives the exit code. */
export async function validateCommand(files: readonly string[], _options: object, io: Io): Promise<number> {
  const problems: Problem[] = [];
  for (const file of files) {
    try {
      const loaded = await loadScenarios([file]);
      const names = loaded.map(({ scenario }) => scenario.name).join(", ");
      io.stdout.write(
        `${file}: good (${loaded.some(({ suite }) => suite !== null) ? "suite of " : ""}${names})\n`,
      );
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      problems.push(...error.problems);
    }
  }
  for (const problem of problems) io.stderr.write(`${formatProblem(problem)}\n`);
  return problems.length === 0 ? EXIT.fine : EXIT.usage;
}
