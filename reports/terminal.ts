import Table from "cli-table3";
import pc from "picocolors";
import type { Contestant } from "./contestants.ts";
import { METRICS, type MetricKey } from "./metrics.ts";
import type { RunRecord } from "./record.ts";
import { type ScenarioSummary, type Summary, showValue, summarise } from "./summary.ts";
import { claimOutcome, claimText, objectiveOutcome, objectiveText, outcomeOf, runText } from "./verdicts.ts";

export interface TerminalOptions {
  /** False for NO_COLOR, pipes and files. */
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

type Colours = ReturnType<typeof pc.createColors>;

/** The comparison as text for a terminal: never wider than `width` (at least 60). */
export function renderTerminal(run: RunRecord, { color, width }: TerminalOptions): string {
  const colours = pc.createColors(color);
  const summary = summarise(run);
  const columns = Math.max(60, Math.min(width, 120));
  const parts = summary.scenarios.map((scenario) => renderScenario(scenario, colours, columns));
  return [...parts, closing(run, summary, colours, columns), ""].join("\n\n").replace(/\n{3,}/g, "\n\n");
}

/** First dropped last: what fits is shown. */
const COLUMNS: readonly MetricKey[] = ["p50", "p99", "errorRate", "achievedRate", "cpu", "p90"];
const ORDER: readonly MetricKey[] = ["p50", "p90", "p99", "errorRate", "achievedRate", "cpu"];
function renderScenario(scenario: ScenarioSummary, colours: Colours, width: number): string {
  const heading = [
    colours.bold(clean(scenario.title)),
    ...(scenario.question === null ? [] : [colours.dim(clean(scenario.question))]),
  ];
  const sentences = [
    ...scenario.findings.map((text) => ["→", text] as const),
    ...scenario.cautions.map((text) => ["!", text] as const),
    ...(scenario.noiseSentence === null ? [] : [["~", scenario.noiseSentence] as const]),
    ...scenario.unsupported.map(
      (pair) => ["–", `${pair.balancer}/${pair.algorithm} n/a: ${pair.reason}`] as const,
    ),
    ...scenario.claims.map(
      (claim) => [glyph(claim.held), `Claim, ${claimText(claim)}: ${claimOutcome(claim)}`] as const,
    ),
    ...scenario.objectives.map(
      (o) => [glyph(o.met), `Objective, ${objectiveText(o)}: ${objectiveOutcome(o)}`] as const,
    ),
  ];
  const paint = (sign: string): string =>
    sign === "✗"
      ? colours.red(sign)
      : sign === "✓"
        ? colours.green(sign)
        : sign === "!"
          ? colours.yellow(sign)
          : colours.dim(sign);
  const told = sentences.map(([sign, text]) => `${paint(sign)} ${wrap(clean(text), width - 2).join("\n  ")}`);
  return [
    ...heading.flatMap((line) => wrap(line, width)),
    "",
    table(scenario, colours, width),
    "",
    ...told,
  ].join("\n");
}

const glyph = (value: boolean | null): string => ({ yes: "✓", no: "✗", unknown: "?" })[outcomeOf(value)];

function table(scenario: ScenarioSummary, colours: Colours, width: number): string {
  const name = (c: Contestant): string =>
    clean(
      `${c.status === "invalid" ? "✗ " : c.status === "suspect" ? "? " : c.unstable ? "↗ " : "  "}${c.name}${c.trials.length > 1 ? ` ×${c.trials.length}` : ""}`,
    );
  const cell = (c: Contestant, key: MetricKey): string => {
    const standing = scenario.standing(c, key);
    return `${standing === "best" ? "★ " : standing === "alike" ? "≈ " : ""}${showValue(c, key)}`;
  };
  const heading = (key: MetricKey): string => METRICS[key].label;
  const widthOf = (key: MetricKey): number =>
    2 + Math.max(heading(key).length, ...scenario.contestants.map((c) => cell(c, key).length));
  const nameWidth = 2 + Math.max(10, ...scenario.contestants.map((c) => name(c).length));
  const fits = (count: number): boolean =>
    COLUMNS.slice(0, count).reduce((sum, key) => sum + widthOf(key), nameWidth) <= width;
  const kept = COLUMNS.filter((_, i) => fits(i + 1));
  const keys = ORDER.filter((key) => kept.includes(key));
  const output = new Table({
    head: ["  contestant", ...keys.map(heading)].map((text) => colours.dim(text)),
    colAligns: ["left", ...keys.map(() => "right" as const)],
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "",
    },
  });
  for (const c of scenario.contestants) {
    const paint = (key: MetricKey, text: string): string =>
      c.status === "invalid"
        ? colours.dim(text)
        : scenario.standing(c, key) === "best"
          ? colours.green(colours.bold(text))
          : text;
    const label =
      c.status === "invalid"
        ? colours.red(name(c))
        : c.status === "suspect"
          ? colours.yellow(name(c))
          : name(c);
    output.push([label, ...keys.map((key) => paint(key, cell(c, key)))]);
  }
  return output
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function closing(run: RunRecord, summary: Summary, colours: Colours, width: number): string {
  const legend =
    "★ best of the scenario   ≈ not distinguishable from it   ✗ invalid, never best   ? suspect   ↗ unstable";
  return [
    ...wrap(legend, width).map((line) => colours.dim(line)),
    ...wrap(runText(run, summary), width),
  ].join("\n");
}

/** Lines of at most `width` characters; a longer word stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Without control characters: a title must not move a cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
