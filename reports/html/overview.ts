import { sentenceCase, showTimes } from "../figures.ts";
import { METRICS } from "../metrics.ts";
import type { RunRecord } from "../record.ts";
import { bestOf } from "../standing.ts";
import { type ScenarioSummary, STANDING_MARKS, type Summary, showValue } from "../summary.ts";
import { isClean, runText, worthText } from "../verdicts.ts";
import { nameOf, swatch } from "./tables.ts";
import { type Html, html, prose } from "./template.ts";

/** The verdict in one look: state of the run, one answer per scenario, every contestant against every scenario. */
export function overviewSection(run: RunRecord, summary: Summary): Html {
  const bad = run.run.partial || run.objectives.some((objective) => objective.met === false);
  const clean = isClean(run, summary);
  const sign = bad ? "✗" : clean ? "✓" : "!";
  const worth = worthText(summary);
  return html`<section id="overview">
<div class="banner ${bad ? "bad" : clean ? "good" : ""}"><strong>${sign} ${runText(run, summary)}</strong>${worth === null ? null : html`<p>${worth}</p>`}</div>
<div class="answers">${summary.scenarios.map(
    (scenario, i) =>
      html`<a class="answer" href="#scenario-${i}"><p class="q">${scenario.question ?? scenario.title}</p><p>${prose(sentenceCase(scenario.headline))}</p></a>`,
  )}${summary.sweeps.map(
    (sweep, i) =>
      html`<a class="answer" href="#sweep-${i}"><p class="q">${sweep.title}, ${sweep.label} from ${sweep.points[0]?.text ?? ""} to ${sweep.points.at(-1)?.text ?? ""}</p><p>${prose(sentenceCase(sweep.headline))}</p></a>`,
  )}</div>
${summary.scenarios.length > 0 ? matrix(summary) : null}
</section>`;
}

/** What decides in each scenario, and how many times the best it is: shading repeats the number, it adds nothing. */
function matrix(summary: Summary): Html {
  const contestants = new Map(
    summary.scenarios.flatMap((s) => s.contestants.map((c) => [c.name, c] as const)),
  );
  return html`<h3>Every contestant in every scenario</h3>
<p class="note">${summary.scenarios.map((s) => `${s.name}: ${METRICS[s.leading].label}`).join(" · ")}. Below each figure: how many times the best. ★ best · ☆ not distinguishable from it · ↗ unstable.</p><div class="scroll" tabindex="0"><table class="heat">
<thead><tr><th scope="col">contestant</th>${summary.scenarios.map((s, i) => html`<th scope="col" class="text"><a href="#scenario-${i}">${s.title}</a></th>`)}</tr></thead>
<tbody>${[...contestants.values()].map((c) => html`<tr><th scope="row">${swatch(c)}${nameOf(c)}</th>${summary.scenarios.map((s) => heatCell(s, c.name))}</tr>`)}</tbody></table></div>`;
}

function heatCell(scenario: ScenarioSummary, name: string): Html {
  const contestant = scenario.contestants.find((c) => c.name === name);
  if (!contestant) {
    const pair = scenario.unsupported.find((entry) => `${entry.balancer}/${entry.algorithm}` === name);
    return pair
      ? html`<td class="none" title="${pair.reason}">n/a</td>`
      : html`<td class="none" title="does not take part">·</td>`;
  }
  const key = scenario.leading;
  const value = contestant.values[key].value;
  const best = bestOf(key, scenario.contestants)?.values[key].value ?? null;
  if (contestant.status === "invalid") return html`<td class="none">✗ invalid</td>`;
  if (value === null)
    return html`<td class="${contestant.values[key].missing === "not reached" ? "unreached" : "none"}">${showValue(contestant, key)}</td>`;
  const standing = scenario.standing(contestant, key);
  const ratio =
    best === null || best === 0 || value === 0
      ? null
      : METRICS[key].better === "lower"
        ? value / best
        : best / value;
  const depth = ratio === null ? 0 : Math.min(0.5, Math.log2(Math.max(1, ratio)) * 0.12);
  const mark = standing === null ? (contestant.unstable === null ? "" : "↗ ") : STANDING_MARKS[standing];
  return html`<td class="${standing ?? ""}" style="${standing === null ? `background:rgba(213,94,0,${depth.toFixed(2)})` : ""}">${mark}${showValue(contestant, key)}<small>${ratio === null ? "" : standing === "best" ? "best" : showTimes(ratio)}</small></td>`;
}
