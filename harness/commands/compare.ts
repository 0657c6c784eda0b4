import { join } from "node:path";
import type { Figure } from "../../reports/chart.ts";
import { asData, type Comparison, compareRuns } from "../../reports/comparison/comparison.ts";
import { curveFigure } from "../../reports/comparison/curve-figure.ts";
import { comparisonFigure } from "../../reports/comparison/figure.ts";
import { comparisonMarkdown, comparisonText, curveName } from "../../reports/comparison/text.ts";
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
  if (comparison.scenarios.length + comparison.curves.length === 0)
    throw new UsageError(
      `the runs have no scenario in common: ${comparison.alone.join(", ") || "neither has any"}`,
    );
  // Before anything is printed: a folder that cannot be had is said at once.
  const folder = options.out === undefined ? null : createRunFolder("", options.out);
  const data = `${JSON.stringify(asData(comparison), null, 2)}\n`;
  io.stdout.write(options.json ? data : comparisonText(comparison, Math.max(60, io.stdout.columns ?? 120)));
  if (folder === null) return EXIT.fine;
  const pictures = new Map<string, string>();
  for (const [name, figure] of figuresOf(comparison)) {
    if (figure === null) continue;
    const path = `${name}.png`;
    folder.write({ path, content: picture(figure) });
    pictures.set(name, path);
  }
  folder.write({ path: "comparison.json", content: data });
  folder.write({ path: "comparison.md", content: comparisonMarkdown(comparison, pictures) });
  io.stderr.write(`written to ${join(folder.path, "comparison.md")}\n`);
  return EXIT.fine;
}

/** By the name of their section. */
const figuresOf = (comparison: Comparison): readonly (readonly [name: string, figure: Figure | null])[] => [
  ...comparison.scenarios.map((each) => [each.name, comparisonFigure(each, comparison)] as const),
  ...comparison.curves.map((each) => [curveName(each), curveFigure(each, comparison)] as const),
];
