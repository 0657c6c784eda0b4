import { list } from "../figures.ts";
import { oneLine, table, text } from "../markdown-text.ts";
import { METRICS, type MetricKey } from "../metrics.ts";
import { statusMarks } from "../summary.ts";
import { type Cell, textTable } from "../terminal-table.ts";
import type { Comparison, ScenarioComparison } from "./comparison.ts";
import { type CurveComparison, ON_CURVE } from "./curves.ts";
import { agreementText, COMPARED, type Difference, rankText } from "./differences.ts";

/** Figures that a terminal has room for, the last ones first to go. */
const IN_TERMINAL: readonly MetricKey[] = ["mean", "p99", "regret"];

/** The comparison for a terminal of `width` columns. */
export function comparisonText(comparison: Comparison, width: number): string {
  const parts = sectionsOf(comparison, IN_TERMINAL).map(({ title, head, rows, remarks }) =>
    [
      oneLine(title),
      textTable(
        head.map(cell),
        rows.map((row) => row.map(cell)),
        width,
      ),
      remarks.map((remark) => `→ ${oneLine(remark)}`).join("\n"),
    ].join("\n\n"),
  );
  return `${[oneLine(heading(comparison)), ...parts, ...aloneText(comparison).map(oneLine)].join("\n\n")}\n`;
}

/** The comparison as Markdown, every figure; `pictures` are the files by the name of a section. */
export function comparisonMarkdown(comparison: Comparison, pictures: ReadonlyMap<string, string>): string {
  const parts = sectionsOf(comparison, COMPARED).flatMap(({ name, title, head, rows, remarks }) => {
    const picture = pictures.get(name);
    return [
      `## ${text(title)}`,
      ...(picture === undefined ? [] : [`![${text(name)}](${picture})`]),
      table(
        head,
        rows.map((row) => row.map(text)),
      ),
      remarks.map((remark) => `- ${text(remark)}`).join("\n"),
    ];
  });
  return `${["# evenkeel: two runs", heading(comparison), ...parts, ...aloneText(comparison).map(text)].join("\n\n")}\n`;
}

interface Section {
  /** Unique in a comparison; part of file names. */
  readonly name: string;
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly remarks: readonly string[];
}

/** Of a series, beside the scenario of the same name. */
export const curveName = ({ name }: Pick<CurveComparison, "name">): string => `${name}-curve`;

const sectionsOf = ({ scenarios, curves }: Comparison, metrics: readonly MetricKey[]): readonly Section[] => [
  ...scenarios.map((scenario) => ({
    name: scenario.name,
    title: scenario.title,
    head: ["contestant", ...figureHead(metrics)],
    rows: rowsOf(scenario, metrics),
    remarks: remarksOf(scenario),
  })),
  ...curves.map((curve) => ({
    name: curveName(curve),
    title: `${curve.sweep.title}: on the curves of the ${curve.lines} run`,
    head: curveHead(curve, metrics),
    rows: curveRows(curve, metrics),
    remarks: curveRemarks(curve),
  })),
];

const heading = ({ first, second }: Comparison): string =>
  `First: ${first}. Second: ${second}. A difference is the second minus the first, with its 95 % interval; ≠ where 0 is not in it.`;

const figureHead = (metrics: readonly MetricKey[]): readonly string[] =>
  metrics.flatMap((key) => [METRICS[key].label, "second", "difference"]);

const figureCells = (differences: readonly Difference[], metrics: readonly MetricKey[]): readonly string[] =>
  metrics.flatMap((key) => {
    const found = differences.find(({ metric }) => metric === key);
    return found === undefined ? ["–", "–", "–"] : cellsOf(found);
  });

const rowsOf = (
  scenario: ScenarioComparison,
  metrics: readonly MetricKey[],
): readonly (readonly string[])[] =>
  scenario.pairs.map((pair) => {
    const invalid = pair.first.status === "invalid" || pair.second.status === "invalid";
    const differences = scenario.differences.get(pair.name) ?? [];
    return [`${invalid ? "✗ " : ""}${pair.name}`, ...figureCells(differences, metrics)];
  });

const drawable = (metrics: readonly MetricKey[]): readonly MetricKey[] =>
  metrics.filter((key) => ON_CURVE.includes(key));

export const curveHead = ({ sweep }: CurveComparison, metrics = ON_CURVE): readonly string[] => [
  "contestant",
  sweep.label,
  ...figureHead(drawable(metrics)),
];

export const curveRows = ({ points }: CurveComparison, metrics = ON_CURVE): readonly (readonly string[])[] =>
  points.map(({ contestant, text: value, differences }) => {
    const marks = statusMarks(contestant);
    const name = `${marks === "" ? "" : `${marks} `}${contestant.name}`;
    return [name, value, ...figureCells(differences, drawable(metrics))];
  });

function cellsOf({ metric, first, second, difference, interval, agrees }: Difference): readonly string[] {
  const { show } = METRICS[metric];
  const signed = (value: number): string => `${value < 0 ? "−" : "+"}${show(Math.abs(value))}`;
  const half = interval === null ? "" : ` ± ${show((interval[1] - interval[0]) / 2)}`;
  return [
    first === null ? "–" : show(first),
    second === null ? "–" : show(second),
    difference === null ? "–" : `${agrees === false ? "≠ " : ""}${signed(difference)}${half}`,
  ];
}

function remarksOf(scenario: ScenarioComparison): readonly string[] {
  const agreement = agreementText([...scenario.differences.values()].flat());
  return [
    ...(agreement === null ? [] : [`${agreement}.`]),
    ...scenario.ranks.map((rank) => `Ranking by ${rankText(rank)}.`),
    ...scenario.unlike.map((what) => `Not alike: ${what}.`),
    ...(scenario.alone.length === 0 ? [] : [`In one run alone: ${list(scenario.alone)}.`]),
  ];
}

function curveRemarks({ sweep, points, ranks, unlike, between, alone }: CurveComparison): readonly string[] {
  const agreement = agreementText(points.flatMap(({ differences }) => differences));
  return [
    ...(agreement === null ? [] : [`${agreement}.`]),
    ...between.map((what) => `${what}.`),
    ...ranks.map((rank) => `Ranking at ${sweep.label} ${rank.text} by ${rankText(rank)}.`),
    ...unlike.map((what) => `Not alike: ${what}.`),
    ...(alone.length === 0 ? [] : [`In one run alone: ${list(alone)}.`]),
  ];
}

const aloneText = ({ alone, scenarios, curves }: Comparison): readonly string[] => {
  if (alone.length === 0) return [];
  const none = scenarios.length + curves.length === 0 ? "No scenario is in both. " : "";
  return [`${none}In one run alone: ${list(alone)}.`];
};

const cell = (content: string): Cell => ({ text: oneLine(content) });
