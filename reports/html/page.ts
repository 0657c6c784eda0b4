import type { RunRecord } from "../record.ts";
import type { ReportContext } from "../report.ts";
import { REVIVE_SOURCE } from "../revive.ts";
import { summarise } from "../summary.ts";
import { drawInPage } from "./client.ts";
import { methodSection } from "./method.ts";
import { overviewSection } from "./overview.ts";
import { figuresOf, scenarioSection } from "./scenario.ts";
import { STYLE } from "./style.ts";
import { sweepFiguresOf, sweepSection } from "./sweep.ts";
import { type Html, html, json, script, style } from "./template.ts";
import { repeatSection, validitySection } from "./trials.ts";

const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The whole report: nothing is loaded from anywhere. */
export function page(run: RunRecord, context: ReportContext): Html {
  const summary = summarise(run);
  const figures = Object.fromEntries(
    [...summary.scenarios.flatMap(figuresOf), ...summary.sweeps.flatMap(sweepFiguresOf)].map(
      ({ id, figure }) => [id, figure.config],
    ),
  );
  const shown = [...summary.scenarios, ...summary.sweeps];
  const title = shown.length === 1 ? shown[0]!.title : `${shown.length} scenarios compared`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta http-equiv="Content-Security-Policy" content="${POLICY}" />
<meta name="referrer" content="no-referrer" />
<title>${title} · evenkeel</title>
<style>${style(STYLE)}</style>
</head>
<body>
<a class="skip" href="#overview">Skip to the comparison</a>
<header class="top"><div class="brand">${logo()}evenkeel · which balancing algorithm holds up, by how much, and how sure</div>
<h1>${title}</h1>
<p class="meta">Run ${run.run.id} · ${run.run.startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")} · ${run.run.machine.cpu}, ${run.run.machine.cores} cores · seed ${run.run.seed}</p></header>
<nav aria-label="Sections"><ul><li><a href="#overview">Overview</a></li>${summary.scenarios.map((scenario, i) => html`<li><a href="#scenario-${i}">${scenario.name}</a></li>`)}${summary.sweeps.map((sweep, i) => html`<li><a href="#sweep-${i}">${sweep.name} by ${sweep.label}</a></li>`)}<li><a href="#trials">Trials</a></li><li><a href="#repeat">Repeat it</a></li><li><a href="#method">How to read this</a></li></ul></nav>
<main>
<noscript><p class="noscript">Charts need JavaScript. All their data is in the tables below them.</p></noscript>
${overviewSection(run, summary)}
${summary.scenarios.map(scenarioSection)}
${summary.sweeps.map(sweepSection)}
${validitySection(run)}
${repeatSection(run, context)}
${methodSection()}
</main>
<footer>Made by evenkeel from <code>result.json</code> alone; <code>npx evenkeel report</code> makes it again.</footer>
<script type="application/json" id="figures">${json(figures)}</script>
<script>${script(context.chartJs())}</script>
<script>${script(`${REVIVE_SOURCE}
(${String(drawInPage)})(window,Chart,revive);`)}</script>
</body>
</html>
`;
}

const logo = (): Html =>
  html`<svg width="26" height="18" viewBox="0 0 26 18" aria-hidden="true"><path d="M1 8H25L20 15H6z" fill="#0072b2" /><path d="M13 1V8M13 1.500L20 6.500H13" stroke="#e69f00" stroke-width="1.800" fill="#e69f00" /></svg>`;
