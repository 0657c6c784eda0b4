import { BY_TYPE_CAPTION, byTypeTable, SHOP_CAPTION, shopTable } from "../by-type.ts";
import type { Figure, FigureTable } from "../chart.ts";
import { charts } from "../charts/registry.ts";
import { faultSections } from "../fault-sections.ts";
import { METRICS } from "../metrics.ts";
import { type RemarkKind, SIGNS } from "../remarks.ts";
import type { ScenarioSummary } from "../summary.ts";
import { offeredText, serviceText } from "../topology.ts";
import { claimOutcome, claimText, objectiveOutcome, objectiveText } from "../verdicts.ts";
import { backendsTable, comparisonTable, plainTable, resourcesTable, waterfallTable } from "./tables.ts";
import { type Html, html, prose } from "./template.ts";
import { topologySvg } from "./topology.ts";

/** In reading order; a chart that is not named comes last. */
const ORDER: readonly string[] = [
  "latency-percentiles",
  "latency-over-time",
  "share-over-time",
  "throughput",
  "errors-and-recovery",
  "phases",
  "recovery",
];

export interface DrawnFigure {
  readonly id: string;
  readonly figure: Figure;
}

/** Figures of a scenario with ids that are unique in the page. */
export function figuresOf(scenario: ScenarioSummary, index: number): readonly DrawnFigure[] {
  const position = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...charts]
    .sort((a, b) => position(a.name) - position(b.name))
    .flatMap((chart) => {
      const figure = chart.figure(scenario);
      return figure ? [{ id: `chart-${index}-${chart.name}`, figure }] : [];
    });
}

export function scenarioSection(scenario: ScenarioSummary, index: number): Html {
  return html`<section class="scenario" id="scenario-${index}">
<h2>${scenario.title}</h2>
${scenario.question === null ? null : html`<p class="question">${scenario.question}</p>`}
<div class="wide">${topologySvg(scenario)}</div>
<p class="meta">${setting(scenario)}</p>
<ul class="findings">${scenario.findings.map((text) => item("finding", "→", text))}</ul>
<h3>Comparison</h3>
${comparisonTable(scenario)}
<ul class="findings">${remarks(scenario)}</ul>
${judgements(scenario)}
${scenario.unsupported.length > 0 ? naTable(scenario) : null}
${figuresOf(scenario, index).map(figureHtml)}
${faultSections(scenario.contestants).map(({ heading, table, caption }) => html`<h3>${heading}</h3>${plainTable(table, caption)}`)}
${section("Visitors and orders", shopTable(scenario.contestants), SHOP_CAPTION)}
${section("By type of request", byTypeTable(scenario.contestants), BY_TYPE_CAPTION)}
<h3>Where the time goes</h3>
${waterfallTable(scenario)}
<h3>Resources</h3>
${plainTable(resourcesTable(scenario), "Most work: of all backends, the one whose requests of the window took the most worker time; above 100 % a queue was left at its end.")}
<details><summary>Every backend of every contestant</summary>${plainTable(backendsTable(scenario))}</details>
</section>`;
}

const section = (title: string, table: FigureTable | null, caption: string): Html | null =>
  table === null ? null : html`<h3>${title}</h3>${plainTable(table, caption)}`;

function setting(scenario: ScenarioSummary): string {
  const { backends, traffic, contestants } = scenario.definition;
  const parts = [
    backends
      ? `${backends.count} backends (${backends.mode ?? "sync"}, ${backends.workers} worker${backends.workers === 1 ? "" : "s"}${backends.mode === "gthread" ? ` of ${backends.threads} threads` : ""} each${backends.cores === undefined ? "" : `, ${backends.cores} ${backends.cores === 1 ? "core" : "cores"}`})`
      : "",
    backends?.service ? `service time ${serviceText(backends.service)}` : "",
    scenario.capacity === null ? "" : `capacity ${METRICS.achievedRate.show(scenario.capacity)}`,
    scenario.offeredRate === null
      ? `closed traffic${traffic?.connections ? `, ${traffic.connections} users` : ""}${mixText(traffic)}`
      : `open traffic${mixText(traffic)} at ${offeredText(scenario.offeredRate, scenario.offeredRange)}${scenario.capacity !== null && scenario.capacity > 0 ? `, load ${loadText(scenario, scenario.capacity)}` : ""}`,
    `${scenario.seconds} s measured`,
    contestants ? `tuning: ${contestants.tuning}` : "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** ` of shopping visitors`, or nothing. */
const mixText = (traffic: ScenarioSummary["definition"]["traffic"]): string =>
  traffic?.mix === undefined
    ? ""
    : `, mix ${traffic.mix}${traffic.sessions === "none" ? " request by request" : ""}`;

/** `0.70`, or `0.72 (0.40 to 2.00)` where it changes. */
function loadText({ offeredRate, offeredRange }: ScenarioSummary, capacity: number): string {
  const load = (rate: number): string => (rate / capacity).toFixed(2);
  const range = offeredRange === null ? "" : ` (${offeredRange.map(load).join(" to ")})`;
  return `${load(offeredRate ?? 0)}${range}`;
}

export const item = (kind: string, sign: string, text: string): Html =>
  html`<li class="${kind}"><span class="sign" aria-hidden="true">${sign}</span>${prose(text)}</li>`;

const CLASSES: Partial<Record<RemarkKind, string>> = { invalid: "no", suspect: "warn", caution: "warn" };

/** What is n/a has a table of its own. */
export const remarks = (told: Pick<ScenarioSummary, "remarks">): readonly Html[] =>
  told.remarks
    .filter(({ kind }) => kind !== "n/a")
    .map(({ kind, text }) => item(CLASSES[kind] ?? kind, SIGNS[kind], text));

/** Every claim and objective by itself, for those who want to know of one. */
function judgements(scenario: ScenarioSummary): Html | null {
  const rows = [
    ...scenario.claims.map((claim) => [claimText(claim), "claim", claimOutcome(claim)]),
    ...scenario.objectives.map((o) => [objectiveText(o), "objective", objectiveOutcome(o)]),
  ];
  if (rows.length === 0) return null;
  return html`<details><summary>Every claim and objective by itself</summary>${plainTable({ columns: ["", "", "outcome"], rows })}</details>`;
}

const naTable = (
  scenario: ScenarioSummary,
): Html => html`<p class="note">Not applicable, and never run as something else:</p><div class="scroll"><table>
<thead><tr><th scope="col">contestant</th><th scope="col"></th><th scope="col" class="text">reason</th></tr></thead>
<tbody>${scenario.unsupported.map((pair) => html`<tr><th scope="row">${pair.balancer}/${pair.algorithm}</th><td><span class="badge na">n/a</span></td><td class="text">${pair.reason}</td></tr>`)}</tbody></table></div>`;

/** The table is open until a script has drawn the chart beside it. */
export const figureHtml = ({ id, figure }: DrawnFigure): Html => html`<figure>
<h4 id="${id}-title">${figure.title}</h4>
<div class="canvas" style="height:${figure.height}px" hidden><canvas id="${id}" role="img" aria-label="${figure.title}. ${figure.caption}"></canvas></div>
<figcaption>${figure.caption}</figcaption>
<details class="twin" open><summary>The same as a table</summary>${plainTable(figure.table)}</details>
</figure>`;
