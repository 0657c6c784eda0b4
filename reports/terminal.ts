import pc from "picocolors";
import type { FigureTable } from "./chart.ts";
import type { Contestant } from "./contestants.ts";
import { faultTable } from "./fault-tables.ts";
import { METRICS, type MetricKey } from "./metrics.ts";
import { impactTable, phaseSummary } from "./phase-tables.ts";
import type { RunRecord } from "./record.ts";
import { type Remark, SIGNS } from "./remarks.ts";
import {
  comparisonColumns,
  legendOf,
  type ScenarioSummary,
  STANDING_MARKS,
  type Summary,
  showValue,
  statusMarks,
  summarise,
} from "./summary.ts";
import type { SweepSummary } from "./sweep.ts";
import { sweepTable } from "./sweep-table.ts";
import { tablesThatFit, textTable } from "./terminal-table.ts";
import { runText, worthText } from "./verdicts.ts";
import { wrap } from "./wrap.ts";

export interface TerminalOptions {
  /** False for NO_COLOR, pipes and files. */
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

type Colours = ReturnType<typeof pc.createColors>;

/** The comparison as text for a terminal, a screen per scenario and the verdict last: never wider than `width` (at least 60). */
export function renderTerminal(run: RunRecord, { color, width }: TerminalOptions): string {
  const colours = pc.createColors(color);
  const summary = summarise(run);
  const columns = Math.max(60, Math.min(width, 120));
  const parts = [
    ...summary.scenarios.map((scenario) => renderScenario(scenario, colours, columns)),
    ...summary.sweeps.map((sweep) => renderSweep(sweep, colours, columns)),
  ];
  return [...parts, closing(run, summary, colours, columns), ""].join("\n\n").replace(/\n{3,}/g, "\n\n");
}

function renderSweep(sweep: SweepSummary, colours: Colours, width: number): string {
  const told = [
    ...sweep.findings.map((text) => item("→", text, colours.cyan, width)),
    ...sweep.remarks.map((remark) => remarkItem(remark, colours, width)),
  ];
  const heading = wrap(`${clean(sweep.title)}: ${METRICS[sweep.leading].label} by ${sweep.label}`, width);
  const tables = tablesThatFit(sweepTable(sweep, sweep.leading), width).map(({ columns, rows }) =>
    textTable(
      columns.map((text) => ({ text, paint: colours.dim })),
      rows.map((row) => row.map((text) => ({ text }))),
      width,
    ),
  );
  return [heading.map(colours.bold).join("\n"), ...tables, told.join("\n")].join("\n\n");
}

function renderScenario(scenario: ScenarioSummary, colours: Colours, width: number): string {
  const heading = [
    ...wrap(clean(scenario.title), width).map(colours.bold),
    ...(scenario.question === null ? [] : wrap(clean(scenario.question), width).map(colours.dim)),
  ];
  const told = [
    ...scenario.findings.map((text) => item("→", text, colours.cyan, width)),
    ...scenario.remarks.map((remark) => remarkItem(remark, colours, width)),
  ];
  const faults = faultComparison(scenario, colours, width);
  return [heading.join("\n"), comparison(scenario, colours, width), ...faults, told.join("\n")].join("\n\n");
}

function remarkItem({ kind, text }: Remark, colours: Colours, width: number): string {
  const paint =
    kind === "no" || kind === "invalid"
      ? colours.red
      : kind === "yes"
        ? colours.green
        : kind === "suspect" || kind === "caution" || kind === "unknown"
          ? colours.yellow
          : colours.dim;
  return item(SIGNS[kind], text, paint, width);
}

const item = (sign: string, text: string, paint: (text: string) => string, width: number): string =>
  `${paint(sign)} ${wrap(clean(text), width - 2).join("\n  ")}`;

function comparison(scenario: ScenarioSummary, colours: Colours, width: number): string {
  const keys = comparisonColumns(scenario);
  const marked = 1 + Math.max(1, ...scenario.contestants.map((c) => statusMarks(c).length));
  const name = (c: Contestant) => ({
    text: clean(
      `${statusMarks(c).padEnd(marked)}${c.name}${c.trials.length > 1 ? ` ×${c.trials.length}` : ""}`,
    ),
    ...(c.status === "invalid"
      ? { paint: colours.red }
      : c.status === "suspect"
        ? { paint: colours.yellow }
        : {}),
  });
  const cell = (c: Contestant, key: MetricKey) => {
    const standing = scenario.standing(c, key);
    const best = (text: string): string => colours.green(colours.bold(text));
    return {
      text: `${standing === null ? "" : STANDING_MARKS[standing]}${showValue(c, key)}`,
      ...(c.status === "invalid" ? { paint: colours.dim } : standing === "best" ? { paint: best } : {}),
    };
  };
  return textTable(
    [`${" ".repeat(marked)}contestant`, ...keys.map((key) => METRICS[key].label)].map((text) => ({
      text,
      paint: colours.dim,
    })),
    scenario.contestants.map((c) => [name(c), ...keys.map((key) => cell(c, key))]),
    width,
    // p90 goes first: the highest percentile says more.
    [2],
  );
}

/** Empty without faults. */
function faultComparison(
  { contestants }: ScenarioSummary,
  colours: Colours,
  width: number,
): readonly string[] {
  const faults = faultTable(contestants);
  if (faults.rows.length === 0) return [];
  // The findings name the fault; the column is for telling several apart.
  const hidden = new Set([faults.columns.indexOf("resolution")]);
  if (new Set(faults.rows.map((row) => row[1])).size === 1) hidden.add(1);
  const shown = (row: readonly string[]): readonly string[] => row.filter((_, i) => !hidden.has(i));
  const tables = [
    { columns: shown(faults.columns), rows: faults.rows.map(shown) },
    phaseSummary(contestants),
    impactTable(contestants),
  ];
  return tables
    .filter(({ rows }) => rows.length > 0)
    .flatMap((table) => tablesThatFit(table, width - INDENT))
    .map((table) => dimTable(table, colours, width));
}

/** Of the names of contestants, below which the comparison has its signs. */
const INDENT = 2;

function dimTable({ columns, rows }: FigureTable, colours: Colours, width: number): string {
  return textTable(
    columns.map((text, i) => ({ text: i === 0 ? `  ${text}` : text, paint: colours.dim })),
    rows.map((row) => row.map((text, i) => ({ text: clean(i === 0 ? `  ${text}` : text) }))),
    width,
  );
}

/** The legend, the answer of every scenario in a line, and what the run is worth. */
function closing(run: RunRecord, summary: Summary, colours: Colours, width: number): string {
  const answers = [...summary.scenarios, ...summary.sweeps].map((scenario) =>
    item("→", `${scenario.name}: ${scenario.headline}`, colours.cyan, width),
  );
  const worth = worthText(summary);
  return [
    legend(legendOf(summary), width).map(colours.dim).join("\n"),
    [colours.bold("In short"), ...answers].join("\n"),
    [runText(run, summary), ...(worth === null ? [] : [worth])]
      .map((text) => wrap(text, width).join("\n"))
      .join("\n"),
  ].join("\n\n");
}

/** Entries stay whole. */
function legend(entries: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const entry of entries) {
    const last = lines[lines.length - 1];
    if (last === undefined || last.length + 3 + entry.length > width) lines.push(entry);
    else lines[lines.length - 1] = `${last}   ${entry}`;
  }
  return lines;
}

/** Without control characters: a title must not move a cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
