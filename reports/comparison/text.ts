import { list } from "../figures.ts";
import { oneLine, table, text } from "../markdown-text.ts";
import { METRICS, type MetricKey } from "../metrics.ts";
import { type Cell, textTable } from "../terminal-table.ts";
import { agreementText, type Comparison, type ScenarioComparison } from "./comparison.ts";
import { COMPARED, type Difference, rankText } from "./differences.ts";

/** Figures that a terminal has room for, the last ones first to go. */
const IN_TERMINAL: readonly MetricKey[] = ["mean", "p99", "regret"];

/** The comparison for a terminal of `width` columns. */
export function comparisonText(comparison: Comparison, width: number): string {
  const parts = comparison.scenarios.map((scenario) =>
    [
      oneLine(scenario.title),
      textTable(
        headOf(IN_TERMINAL).map(cell),
        rowsOf(scenario, IN_TERMINAL).map((row) => row.map(cell)),
        width,
      ),
      remarksOf(scenario)
        .map((remark) => `→ ${oneLine(remark)}`)
        .join("\n"),
    ].join("\n\n"),
  );
  return `${[oneLine(heading(comparison)), ...parts, ...aloneText(comparison).map(oneLine)].join("\n\n")}\n`;
}

/** The comparison as Markdown, every figure. */
export function comparisonMarkdown(comparison: Comparison, pictures: ReadonlyMap<string, string>): string {
  const parts = comparison.scenarios.flatMap((scenario) => {
    const picture = pictures.get(scenario.name);
    return [
      `## ${text(scenario.title)}`,
      ...(picture === undefined ? [] : [`![${text(scenario.name)}](${picture})`]),
      table(
        headOf(COMPARED),
        rowsOf(scenario, COMPARED).map((row) => row.map(text)),
      ),
      remarksOf(scenario)
        .map((remark) => `- ${text(remark)}`)
        .join("\n"),
    ];
  });
  return `${["# evenkeel: two runs", heading(comparison), ...parts, ...aloneText(comparison).map(text)].join("\n\n")}\n`;
}

const heading = ({ first, second }: Comparison): string =>
  `First: ${first}. Second: ${second}. A difference is the second minus the first, with its 95 % interval; ≠ where 0 is not in it.`;

const headOf = (metrics: readonly MetricKey[]): readonly string[] => [
  "contestant",
  ...metrics.flatMap((key) => [METRICS[key].label, "second", "difference"]),
];

const rowsOf = (
  scenario: ScenarioComparison,
  metrics: readonly MetricKey[],
): readonly (readonly string[])[] =>
  scenario.pairs.map((pair) => {
    const invalid = pair.first.status === "invalid" || pair.second.status === "invalid";
    const differences = scenario.differences.get(pair.name) ?? [];
    return [
      `${invalid ? "✗ " : ""}${pair.name}`,
      ...metrics.flatMap((key) => {
        const found = differences.find(({ metric }) => metric === key);
        return found === undefined ? ["–", "–", "–"] : cellsOf(found);
      }),
    ];
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
  const agreement = agreementText(scenario);
  return [
    ...(agreement === null ? [] : [`${agreement}.`]),
    ...scenario.ranks.map((rank) => `Ranking by ${rankText(rank)}.`),
    ...scenario.unlike.map((what) => `Not alike: ${what}.`),
    ...(scenario.alone.length === 0 ? [] : [`In one run alone: ${list(scenario.alone)}.`]),
  ];
}

const aloneText = ({ alone, scenarios }: Comparison): readonly string[] =>
  alone.length === 0
    ? []
    : [`${scenarios.length === 0 ? "No scenario is in both. " : ""}In one run alone: ${list(alone)}.`];

const cell = (content: string): Cell => ({ text: oneLine(content) });
