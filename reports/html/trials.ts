import { contestantName } from "../contestants.ts";
import { showBytes, showCount, showMs, showPercent } from "../figures.ts";
import type { RunRecord, TrialRecord } from "../record.ts";
import type { ReportContext } from "../report.ts";
import { shownCommand } from "../verdicts.ts";
import { badge, plainTable } from "./tables.ts";
import { type Html, html } from "./template.ts";

const orDash = (value: number | null, show: (value: number) => string): string =>
  value === null ? "–" : show(value);

/** What each trial is worth: its verdict, its counts, the state of the instrument. */
export const validitySection = (
  run: RunRecord,
): Html => html`<section id="trials"><h2>Trials and what they are worth</h2>
<p>Every trial checks itself: did the generator keep its timetable, was the machine saturated, do the counts add up. Invalid trials are shown and count for nothing.</p>
<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">trial</th><th scope="col">verdict</th><th scope="col">scheduled</th><th scope="col">ok</th><th scope="col">failed</th><th scope="col">send lag p99</th><th scope="col">generator busy</th><th scope="col">backend lag p99</th><th scope="col">CPU pressure</th></tr></thead>
<tbody>${run.trials.map(validityRow)}</tbody></table></div>
<p class="meta">Counts add up exactly: scheduled = sent + dropped; sent = ok + error status + timed out + no connection + cut off + in flight at the end.</p></section>`;

function validityRow(trial: TrialRecord): Html {
  const { counts, resources } = trial;
  const failed =
    counts.httpError +
    counts.timeout +
    counts.connectionError +
    counts.aborted +
    counts.inFlightAtEnd +
    counts.dropped;
  const reasons =
    trial.verdict.reasons.length > 0 ? html`<br /><small>${trial.verdict.reasons.join("; ")}</small>` : null;
  return html`<tr><th scope="row">${trial.scenario}: ${contestantName(trial)}, repeat ${trial.repeat}${trial.control ? " (same against same)" : ""}</th><td class="text">${badge(trial.verdict.status)}${reasons}</td><td>${showCount(counts.scheduled)}</td><td>${showCount(counts.ok)}</td><td>${showCount(failed)}</td><td>${orDash(trial.sendLagMs.p99, showMs)}</td><td>${orDash(resources.generatorUtilisation, showPercent)}</td><td>${orDash(resources.backendLagP99Ms, showMs)}</td><td>${orDash(resources.machineCpuPressure, showPercent)}</td></tr>`;
}

/** The configurations as they ran, and the command that repeats each trial. */
export function repeatSection(run: RunRecord, context: ReportContext): Html {
  const configs = [...new Set(run.trials.flatMap((trial) => trial.configs))];
  const { machine, versions } = run.run;
  return html`<section id="repeat"><h2>Repeat it</h2>
<p>The whole run:</p><pre>${shownCommand(run.run.command)}</pre>
<details><summary>The command of each trial</summary>${run.trials.map((trial) => html`<p class="meta">${trial.id}</p><pre>${trial.command}</pre>`)}</details>
<h3>Configurations as they ran</h3>
${configs.length === 0 ? html`<p>The record names none.</p>` : configs.map((path) => html`<details><summary>${path}</summary><pre>${context.text(path) ?? "This file is no longer in the run folder."}</pre></details>`)}
<h3>Machine and versions</h3>
${plainTable({
  columns: ["", "value"],
  rows: [
    ["processor", machine.cpu],
    ["cores", String(machine.cores)],
    ["memory", showBytes(machine.memoryBytes)],
    ["system", `${machine.os}, kernel ${machine.kernel}`],
    ...Object.entries(versions),
    ["seed", String(run.run.seed)],
    ["started", run.run.startedAt],
    ["finished", run.run.finishedAt],
  ],
})}</section>`;
}
