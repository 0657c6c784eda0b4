import type { Chart, FigureTable, Point } from "../chart.ts";
import type { Contestant } from "../contestants.ts";
import { groupFaults } from "../fault-groups.ts";
import { faultTable } from "../fault-tables.ts";
import { listSome, plural, showCount, showMs } from "../figures.ts";
import { chartConfig } from "../line-chart.ts";
import { FAILURES } from "../palette.ts";
import { contestantPanels, drawn, faultWindows, roundLimits, secondsAxis, valueAxes } from "../panels.ts";
import type { FaultRecord, SeriesSecond } from "../record.ts";

/** Failed requests second by second and by kind, with the instants of detection and recovery. */
export const chart: Chart = {
  name: "errors-and-recovery",
  summary: "Failed requests second by second and by kind, with the instants of detection and recovery.",
  figure(scenario) {
    const all = drawn(scenario).filter((c) => c.shown.series.length > 1);
    const windows = faultWindows(scenario);
    if (all.length === 0 || (windows.length === 0 && all.every((c) => failed(c) === 0))) return null;
    const panels = contestantPanels(all);
    const kinds = FAILURES.filter(({ key }) => all.some((c) => c.shown.series.some((s) => s[key] > 0)));
    const highest = Math.max(1, ...all.flatMap((c) => c.shown.series.map(failures)));
    return {
      title: title(all),
      caption: `Requests due in each second that failed${windows.length > 0 ? "; shaded: while the fault lasts. Lines: when the contestant stopped sending to the faulty backend, and when latency and errors were back within their band" : ""}.`,
      config: chartConfig({
        type: "line",
        datasets: panels.flatMap((panel, p) =>
          (kinds.length > 0 ? kinds : FAILURES.slice(0, 1)).map((kind, k) => ({
            label: kind.label,
            yAxisID: panel.axis,
            stack: `panel${p}`,
            data: points(all[p]!, kind.key),
            fill: k === 0 ? "origin" : "-1",
            stepped: "before",
            pointRadius: 0,
            borderWidth: 1.5,
            borderColor: kind.colour,
            backgroundColor: `${kind.colour}b3`,
            pointStyle: "rect",
          })),
        ),
        scales: {
          x: secondsAxis(scenario),
          ...valueAxes(panels, {
            title: "failed/s",
            min: 0,
            max: roundLimits([highest]).max,
            stacked: true,
            ticks: 4,
          }),
        },
        marks: {
          unit: "count",
          windows,
          panels: panels.map((panel, p) => ({
            axis: panel.axis,
            label: heading(all[p]!),
            instants: instants(all[p]!),
          })),
        },
        legend: kinds.length > 0,
        topPadding: windows.length > 0 ? 40 : 22,
      }),
      height: 120 + panels.length * (kinds.length > 0 ? 104 : 84),
      table: windows.length > 0 ? faultTable(scenario.contestants) : failureTable(scenario.contestants),
    };
  },
};

const failures = (second: SeriesSecond): number =>
  second.httpError + second.timeout + second.connectionError + second.aborted;
const failed = (c: Contestant): number => c.shown.series.reduce((sum, second) => sum + failures(second), 0);
const heading = (c: Contestant): string =>
  `${c.name}: ${failed(c) === 0 ? "no failures" : plural(failed(c), "failure")}${c.shown.faults.some((fault) => fault.recovery === "never") ? ", not back to normal within the trial" : ""}`;

function points(c: Contestant, key: (typeof FAILURES)[number]["key"]): readonly Point[] {
  const steps = c.shown.series.map((second): Point => ({ x: second.second, y: second[key] }));
  const last = steps[steps.length - 1]!;
  return [...steps, { x: last.x + 1, y: last.y }];
}

/** Of a fault that comes once, to one backend: those of many would hide each other. */
const singles = (c: Contestant): readonly FaultRecord[] =>
  groupFaults(c.shown.faults).flatMap(({ windows }) => (windows.length === 1 ? windows : []));

const instants = (c: Contestant): readonly { at: number; label: string }[] =>
  singles(c).flatMap((fault) => [
    ...(fault.detectedAfterMs === null
      ? []
      : [
          {
            at: (fault.at + fault.detectedAfterMs) / 1_000,
            label: `detected +${showMs(fault.detectedAfterMs)}`,
          },
        ]),
    ...(fault.returnedAfterMs === null || fault.returnedAfterMs === 0
      ? []
      : [
          {
            at: (fault.at + fault.for + fault.returnedAfterMs) / 1_000,
            label: `returned +${showMs(fault.returnedAfterMs)}`,
          },
        ]),
    ...(fault.recoveredAfterMs === null
      ? []
      : [
          {
            at: (fault.at + fault.recoveredAfterMs) / 1_000,
            label: `recovered +${showMs(fault.recoveredAfterMs)}`,
          },
        ]),
  ]);

function title(contestants: readonly Contestant[]): string {
  const sorted = [...contestants].sort((a, b) => failed(b) - failed(a));
  const most = sorted[0]!;
  if (failed(most) === 0) return "No contestant fails a request";
  const none = contestants.filter((c) => failed(c) === 0).map((c) => c.name);
  return `${most.name} fails ${plural(failed(most), "request")}${none.length > 0 ? `; ${listSome(none)} none` : ""}`;
}

/** Failures by kind, for scenarios without faults. */
const failureTable = (contestants: readonly Contestant[]): FigureTable => ({
  columns: ["contestant", ...FAILURES.map((kind) => kind.label)],
  rows: contestants.map((c) => [c.name, ...FAILURES.map(({ key }) => showCount(c.shown.counts[key]))]),
});
