import type { FigureTable } from "../chart.ts";
import type { Contestant } from "../contestants.ts";
import { showBytes, showCount, showMicros, showMs, showPercent } from "../figures.ts";
import { METRICS, type MetricKey } from "../metrics.ts";
import { algorithmColour, balancerStyle } from "../palette.ts";
import { percentileColumns, type ScenarioSummary, STANDING_MARKS, showValue } from "../summary.ts";
import { type Html, html } from "./template.ts";

const note = (text: string | null): Html | null => (text === null ? null : html`<p class="note">${text}</p>`);

/** A contestant's name that breaks after its slash first. */
export const nameOf = (c: Pick<Contestant, "balancer" | "algorithm">): Html =>
  html`${c.balancer}/<wbr />${c.algorithm}`;

/** Rows of plain text under headings; the first column is the row's name. */
export const plainTable = (
  { columns, rows }: FigureTable,
  caption: string | null = null,
): Html => html`${note(caption)}<div class="scroll" tabindex="0"><table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`)}</tbody></table></div>`;

/** The contestant's line as the charts draw it: its algorithm's colour, its balancer's dash and marker. */
export function swatch(contestant: Pick<Contestant, "algorithm" | "balancer">): Html {
  const colour = algorithmColour(contestant.algorithm).replace("ink", "currentColor");
  const { dash, marker } = balancerStyle(contestant.balancer);
  const shapes: Readonly<Record<string, string>> = {
    circle: "M17 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9z",
    triangle: "M17 1L22 10.5H12z",
    rectRot: "M17 0.5L22.5 6L17 11.5L11.500 6z",
    rect: "M12.500 1.500h9v9h-9z",
  };
  return html`<svg class="swatch" viewBox="0 0 34 12" aria-hidden="true"><path d="M0 6H34" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash.join(" ")}" /><path d="${shapes[marker] ?? shapes.rect!}" fill="${colour}" /></svg>`;
}

export const badge = (status: Contestant["status"]): Html =>
  html`<span class="badge ${status}">${{ valid: "✓ valid", suspect: "? suspect", invalid: "✗ invalid" }[status]}</span>`;

const COLUMNS: readonly MetricKey[] = [
  "p50",
  "p90",
  "p95",
  "p99",
  "p999",
  "mean",
  "errorRate",
  "achievedRate",
  "regret",
  "cpu",
];

/** Percentiles that no contestant has enough requests for are left out, and regret where the trace alone does not decide. */
const columnsOf = ({ contestants }: ScenarioSummary): readonly MetricKey[] =>
  COLUMNS.filter(
    (key) =>
      (METRICS[key].quantile === null && key !== "regret") ||
      contestants.some((c) => c.values[key].value !== null || c.values[key].missing === "not reached"),
  );

/** The comparison: a row per contestant, best marked and what cannot be told from it. */
export function comparisonTable(scenario: ScenarioSummary): Html {
  const repeats = Math.max(1, ...scenario.contestants.map((c) => c.trials.length));
  const columns = columnsOf(scenario);
  const metered = percentileColumns(scenario).at(-1)!;
  const longest = Math.max(
    0,
    ...scenario.contestants.map((c) => (c.status === "invalid" ? 0 : (c.values[metered].value ?? 0))),
  );
  return html`${note(`★ best · ☆ not distinguishable from the best${repeats > 1 ? ` · over repeats the figure in the middle, of an even number the worse of the two; never an average of percentiles` : ""}`)}<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">contestant</th>${columns.map((key) => html`<th scope="col">${METRICS[key].label}</th>`)}</tr></thead>
<tbody>${scenario.contestants.map(
    (c) =>
      html`<tr class="${c.status}"><th scope="row">${swatch(c)}${nameOf(c)}${c.trials.length > 1 ? ` ×${c.trials.length}` : ""}${c.status === "valid" ? null : html` ${badge(c.status)}`}${c.unstable === null ? null : html` <span class="badge suspect" title="${c.unstable}">↗ unstable</span>`}</th>${columns.map((key) => cell(scenario, c, key, key === metered ? longest : null))}</tr>`,
  )}</tbody></table></div>`;
}

function cell(scenario: ScenarioSummary, c: Contestant, key: MetricKey, longest: number | null): Html {
  const standing = scenario.standing(c, key);
  const { value, interval, missing } = c.values[key];
  const mark =
    standing === null
      ? null
      : html`<span class="mark" title="${standing === "best" ? "best" : "not distinguishable from the best"}">${STANDING_MARKS[standing].trim()}</span> `;
  const title =
    interval === null
      ? ""
      : `95 % interval ${METRICS[key].show(interval[0])} to ${METRICS[key].show(interval[1])}`;
  const meter =
    longest !== null && value !== null && longest > 0 && c.status !== "invalid"
      ? html`<span class="meter" style="width:${Math.max(1, Math.round((value / longest) * 100))}%"></span>`
      : null;
  return html`<td class="${standing ?? (missing === "not reached" ? "unreached" : value === null ? "none" : "")}${longest === null ? "" : " metered"}" title="${title}">${mark}${showValue(c, key)}${meter}</td>`;
}

/** Where the mean latency of successes went, as bars and figures. */
export function waterfallTable(scenario: ScenarioSummary): Html {
  const parts = [
    { key: "sendLag", label: "send lag", colour: "#8a8a8a" },
    { key: "hop", label: "hop", colour: "#56b4e9" },
    { key: "queue", label: "queue", colour: "#d55e00" },
    { key: "service", label: "service", colour: "#009e73" },
  ] as const;
  const total = (c: Contestant): number =>
    parts.reduce((sum, { key }) => sum + Math.max(0, c.shown.waterfallMs[key] ?? 0), 0);
  const longest = Math.max(...scenario.contestants.map(total), 1e-9);
  return html`${note("Mean of successes: the generator's lateness, the way through the balancer and the network, waiting for a worker, being served.")}<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">contestant</th><th scope="col" class="text">where the time goes</th>${parts.map(({ label, colour }) => html`<th scope="col"><span class="key" style="background:${colour}"></span>${label}</th>`)}</tr></thead>
<tbody>${scenario.contestants.map(
    (c) =>
      html`<tr class="${c.status}"><th scope="row">${nameOf(c)}</th><td class="text"><div class="split" style="width:${Math.max(4, Math.round((total(c) / longest) * 100))}%">${parts.map(({ key, colour }) => html`<span style="background:${colour};width:${(((c.shown.waterfallMs[key] ?? 0) / Math.max(total(c), 1e-9)) * 100).toFixed(1)}%"></span>`)}</div></td>${parts.map(({ key }) => html`<td>${orDash(c.shown.waterfallMs[key], showMs)}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

const orDash = (value: number | null, show: (value: number) => string): string =>
  value === null ? "–" : show(value);

/** What each balancer cost and how busy the backends were. */
export const resourcesTable = (scenario: ScenarioSummary): FigureTable => ({
  columns: [
    "contestant",
    "CPU per request",
    "memory (RSS)",
    "of one core",
    "most work, of the window",
    "mean wait there",
  ],
  rows: scenario.contestants.map((c) => {
    const busiest = [...c.shown.backends].sort((a, b) => (b.utilisation ?? -1) - (a.utilisation ?? -1))[0];
    return [
      c.name,
      orDash(c.values.cpu.value, showMicros),
      orDash(c.values.rss.value, showBytes),
      orDash(c.shown.resources.balancerCores, showPercent),
      busiest?.utilisation === undefined || busiest.utilisation === null
        ? "–"
        : `backend ${busiest.id}, ${showPercent(busiest.utilisation)}`,
      busiest === undefined ? "–" : orDash(busiest.queueMs, showMs),
    ];
  }),
});

/** Attempts and answers of every backend. */
export const backendsTable = (scenario: ScenarioSummary): FigureTable => ({
  columns: [
    "contestant",
    "backend",
    "responses",
    "share",
    "attempts",
    "completed",
    "mean wait",
    "work, of the window",
  ],
  rows: scenario.contestants.flatMap((c) =>
    c.shown.backends.map((b) => [
      c.name,
      String(b.id),
      showCount(b.requests),
      showPercent(b.share),
      showCount(b.attempts),
      showCount(b.completed),
      orDash(b.queueMs, showMs),
      orDash(b.utilisation, showPercent),
    ]),
  ),
});
