import { charts } from "../charts/registry.ts";
import { METRICS } from "../metrics.ts";
import type { SweepSummary } from "../sweep.ts";
import { sweepTable } from "../sweep-table.ts";
import { type DrawnFigure, figureHtml, item, remarks } from "./scenario.ts";
import { plainTable } from "./tables.ts";
import { type Html, html } from "./template.ts";

/** Figures of a sweep with ids that are unique in the page. */
export function sweepFiguresOf(sweep: SweepSummary, index: number): readonly DrawnFigure[] {
  return charts.flatMap((chart) => {
    const figure = chart.sweepFigure?.(sweep);
    return figure ? [{ id: `sweep-chart-${index}-${chart.name}`, figure }] : [];
  });
}

/** A whole series in one section: the curves, and one table of value by contestant. */
export const sweepSection = (
  sweep: SweepSummary,
  index: number,
): Html => html`<section class="scenario" id="sweep-${index}">
<h2>${sweep.title}</h2>
${sweep.question === null ? null : html`<p class="question">${sweep.question}</p>`}
<p class="meta">${sweep.label} from ${sweep.points[0]?.text ?? ""} to ${sweep.points.at(-1)?.text ?? ""}, ${sweep.points.length} values · ${sweep.points[0]?.scenario.seconds ?? 0} s measured at each</p>
<ul class="findings">${sweep.findings.map((text) => item("finding", "→", text))}</ul>
${sweepFiguresOf(sweep, index).map(figureHtml)}
<h3>${METRICS[sweep.leading].label} by ${sweep.label}</h3>
${plainTable(sweepTable(sweep, sweep.leading), "★ best of this value · ☆ not distinguishable from it · ↗ unstable · ✗ invalid · ? suspect")}
<ul class="findings">${remarks(sweep)}</ul>
</section>`;
