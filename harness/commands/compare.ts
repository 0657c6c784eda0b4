import { join } from "node:path";
import { asData, compareRuns } from "../../reports/comparison/comparison.ts";
import { comparisonFigure } from "../../reports/comparison/figure.ts";
import { comparisonMarkdown, comparisonText } from "../../reports/comparison/text.ts";
import { picture } from "../../reports/formats/png.ts";
import { EXIT, type Io } from "../io.ts";
import { readRun } from "../read-run.ts";
import { createRunFolder } from "../run-folder.ts";
import { UsageError } from "../trial.ts";

export interface CompareOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** Two runs side by side: prints the differences; with `--out` writes them with a picture per scenario. Gives the exit code. */
export async function compareCommand(
  firstRun: string,
  secondRun: string,
  options: CompareOptions,
  io: Io,
): Promise<number> {
  const [first, second] = [readRun(firstRun), readRun(secondRun)];
  const comparison = compareRuns(first.record, second.record);
  if (comparison.scenarios.length === 0)
    throw new UsageError(
      `the runs have no scenario in common: ${comparison.alone.join(", ") || "neither has any"}`,
    );
  // Before anything is printed: a folder that cannot be had is said at once.
  const folder = options.out === undefined ? null : createRunFolder("", options.out);
  const data = `${JSON.stringify(asData(comparison), null, 2)}\n`;
  io.stdout.write(options.json ? data : comparisonText(comparison, Math.max(60, io.stdout.columns ?? 120)));
  if (folder === null) return EXIT.fine;
  const pictures = new Map<string, string>();
  for (const scenario of comparison.scenarios) {
    const figure = comparisonFigure(scenario, comparison);
    if (figure === null) continue;
    const path = `${scenario.name}.png`;
    folder.write({ path, content: picture(figure) });
    pictures.set(scenario.name, path);
  }
  folder.write({ path: "comparison.json", content: data });
  folder.write({ path: "comparison.md", content: comparisonMarkdown(comparison, pictures) });
  io.stderr.write(`written to ${join(folder.path, "comparison.md")}\n`);
  return EXIT.fine;
}
