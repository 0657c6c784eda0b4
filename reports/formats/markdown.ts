import { BY_TYPE_CAPTION, byTypeTable, SHOP_CAPTION, shopTable } from "../by-type.ts";
import type { FigureTable } from "../chart.ts";
import { contestantName } from "../contestants.ts";
import { faultSections } from "../fault-sections.ts";
import { list, showBytes } from "../figures.ts";
import { code, fence, oneLine, table, text } from "../markdown-text.ts";
import { METRICS } from "../metrics.ts";
import type { RunRecord, TrialRecord } from "../record.ts";
import { SIGNS } from "../remarks.ts";
import type { Report } from "../report.ts";
import {
  comparisonColumns,
  legendOf,
  type ScenarioSummary,
  STANDING_MARKS,
  showValue,
  statusMarks,
  summarise,
} from "../summary.ts";
import { type SweepSummary, sweepMetrics } from "../sweep.ts";
import { sweepTable } from "../sweep-table.ts";
import { faultText, topologyOf } from "../topology.ts";
import {
  claimOutcome,
  claimText,
  objectiveOutcome,
  objectiveText,
  outcomeOf,
  runText,
  shownCommand,
  worthText,
} from "../verdicts.ts";

export const report: Report = {
  name: "markdown",
  summary: "The comparison as Markdown with a Mermaid topology of each scenario: summary.md.",
  render: (run) => [{ path: "summary.md", content: document(run) }],
};

function document(run: RunRecord): string {
  const summary = summarise(run);
  const { machine, versions } = run.run;
  const worth = worthText(summary);
  const parts = [
    "# evenkeel: comparison",
    [runText(run, summary), ...(worth === null ? [] : [worth])].map(text).join(" "),
    [...summary.scenarios, ...summary.sweeps]
      .map((s) => `- **${text(s.name)}**: ${text(s.headline)}`)
      .join("\n"),
    ...summary.scenarios.flatMap((scenario) =>
      scenarioSection(
        scenario,
        run.trials.filter((trial) => trial.scenario === scenario.name),
      ),
    ),
    ...summary.sweeps.flatMap(sweepSection),
    legendOf(summary).join(" · "),
    "## Repeat",
    `The whole run:\n\n${fence(shownCommand(run.run.command))}`,
    `Each trial:\n\n${fence([...new Set(run.trials.map((trial) => trial.command))].join("\n"))}`,
    `Run ${code(run.run.id)}, seed ${run.run.seed}, on ${text(machine.cpu)}, ${machine.cores} cores, ${showBytes(machine.memoryBytes)}, ${text(machine.os)}, kernel ${text(machine.kernel)}; ${text(list(Object.entries(versions).map(([name, version]) => `${name} ${version}`)))}.`,
  ];
  return `${parts.join("\n\n")}\n`;
}

function scenarioSection(scenario: ScenarioSummary, trials: readonly TrialRecord[]): readonly string[] {
  const keys = comparisonColumns(scenario);
  const rows = scenario.contestants.map((c) => {
    const marks = statusMarks(c);
    return [
      `${marks === "" ? "" : `${marks} `}${text(c.name)}${c.trials.length > 1 ? ` ×${c.trials.length}` : ""}`,
      ...keys.map((key) => {
        const standing = scenario.standing(c, key);
        return `${standing ? STANDING_MARKS[standing] : ""}${text(showValue(c, key))}`;
      }),
    ];
  });
  return [
    `## ${text(scenario.title)}`,
    ...(scenario.question === null ? [] : [`*${text(scenario.question)}*`]),
    table(["contestant", ...keys.map((key) => METRICS[key].label)], rows),
    scenario.findings.map((line) => `- ${text(line)}`).join("\n"),
    ...faultSections(scenario.contestants).flatMap(({ heading, table: { columns, rows: its }, caption }) => [
      `### ${text(heading)}`,
      table(
        columns.map(text),
        its.map((row) => row.map(text)),
      ),
      text(caption),
    ]),
    ...part(shopTable(scenario.contestants), SHOP_CAPTION),
    ...part(byTypeTable(scenario.contestants), BY_TYPE_CAPTION),
    scenario.remarks.map(({ kind, text: line }) => `- ${SIGNS[kind]} ${text(line)}`).join("\n"),
    ...details(scenario, trials),
    mermaid(scenario),
  ];
}

/** A table of plain cells with what it shows. */
function part(figures: FigureTable | null, caption: string): readonly string[] {
  if (figures === null) return [];
  const rows = figures.rows.map((row) => row.map((cell) => text(String(cell))));
  return [table(figures.columns, rows), text(caption)];
}

/** One table for each latency, whatever the number of values. */
function sweepSection(sweep: SweepSummary): readonly string[] {
  const tables = sweepMetrics(sweep).flatMap((key) => {
    const { columns, rows } = sweepTable(sweep, key);
    const escaped = rows.map((row) => row.map(text));
    return [`### ${text(METRICS[key].label)} by ${text(sweep.label)}`, table(columns.map(text), escaped)];
  });
  return [
    `## ${text(sweep.title)}: ${text(sweep.label)} from ${text(sweep.points[0]?.text ?? "")} to ${text(sweep.points.at(-1)?.text ?? "")}`,
    sweep.findings.map((line) => `- ${text(line)}`).join("\n"),
    ...tables,
    sweep.remarks.map(({ kind, text: line }) => `- ${SIGNS[kind]} ${text(line)}`).join("\n"),
  ];
}

/** Everything that the lines above sum up, one by one. */
function details(scenario: ScenarioSummary, trials: readonly TrialRecord[]): readonly string[] {
  const sign = (value: boolean | null): string => ({ yes: "✓", no: "✗", unknown: "?" })[outcomeOf(value)];
  const lines = [
    ...scenario.claims.map(
      (claim) => `${sign(claim.held)} Claim, ${claimText(claim)}: ${claimOutcome(claim)}`,
    ),
    ...scenario.objectives.map(
      (o) => `${sign(o.met)} Objective, ${objectiveText(o)}: ${objectiveOutcome(o)}`,
    ),
    ...trials
      .filter((trial) => trial.verdict.status !== "valid")
      .map(
        (trial) =>
          `${SIGNS[trial.verdict.status === "invalid" ? "invalid" : "suspect"]} ${contestantName(trial)}${trial.control ? " (the second of it)" : ""}, repeat ${trial.repeat}, is ${trial.verdict.status}: ${trial.verdict.reasons.join("; ")}`,
      ),
  ];
  if (lines.length === 0) return [];
  return [
    `<details><summary>Claims, objectives and verdicts one by one</summary>\n\n${lines.map((line) => `- ${text(line)}`).join("\n")}\n\n</details>`,
  ];
}

/** Client to balancer to backends, with what is special about each. */
function mermaid(scenario: ScenarioSummary): string {
  const topology = topologyOf(scenario);
  const lines = [
    "flowchart LR",
    `  client(["${label(["load generator", topology.traffic])}"]) --> balancer["${label([topology.balancers])}"]`,
    ...topology.backends.map(
      (node) =>
        `  balancer --> b${node.id}["${label([`backend ${node.id}`, node.differs, ...node.faults.map(faultText)])}"]`,
    ),
    ...topology.backends
      .filter((node) => node.faults.length > 0)
      .map((node) => `  style b${node.id} stroke:#d55e00,stroke-width:3px,stroke-dasharray:5 3`),
    ...topology.backends
      .filter((node) => node.faults.length === 0 && node.differs !== "")
      .map((node) => `  style b${node.id} stroke:#e69f00,stroke-width:3px`),
  ];
  return fence(lines.join("\n"), "mermaid");
}

const label = (lines: readonly string[]): string =>
  lines
    .filter((line) => line !== "")
    .map((line) => oneLine(line).replace(/[#"<>`&;\\[\](){}]/g, (sign) => `#${sign.charCodeAt(0)};`))
    .join("<br/>");
