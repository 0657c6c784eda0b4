/** A sweep in sentences: where each contestant's curve bends, where it becomes unstable, what was claimed. */
import { list, showMs, showNumber, showShare } from "./figures.ts";
import { METRICS } from "./metrics.ts";
import type { RunRecord } from "./record.ts";
import { closedTraffic, type Remark, simulated, unsupportedLines, worthOf } from "./remarks.ts";
import type { Curve, SweepSummary } from "./sweep.ts";
import { claimText, objectiveText, outcomeOf } from "./verdicts.ts";

type Told = Pick<SweepSummary, "name" | "label" | "unit" | "leading" | "points" | "curves">;

/** A value of what is swept, in its unit. */
export const showSwept = (unit: SweepSummary["unit"], value: number): string =>
  unit === "ms" ? showMs(value) : unit === "share" ? showShare(value) : showNumber(value);

/** The answer in one line. */
export function sweepHeadline(sweep: Told): string {
  const bent = bending(sweep);
  const last = sweep.points.at(-1);
  if (bent.length === 0)
    return `no curve of ${METRICS[sweep.leading].label} bends between ${sweep.label} ${sweep.points[0]?.text} and ${last?.text}.`;
  return `the knee of ${METRICS[sweep.leading].label} is at ${sweep.label} ${list(bent.map((curve) => `${kneeValue(sweep, curve)} for ${curve.label}`))}.`;
}

export function sweepFindings(sweep: Told): readonly string[] {
  const { label, unit, leading, curves, points } = sweep;
  const bent = bending(sweep);
  const metric = METRICS[leading].label;
  const straight = curves.filter(({ knee }) => knee === null).map((curve) => curve.label);
  const calm = [...new Set(bent.map(({ knee }) => showSwept(unit, knee!.from)))];
  const unstable = curves.flatMap(({ contestants, label: name }) => {
    const at = spans(points, (_, i) => Boolean(contestants[i]?.unstable));
    return at.length === 0 ? [] : [`${name} at ${list(at)}`];
  });
  return [
    ...(bent.length === 0
      ? []
      : [
          `Knee, where ${metric} has become twice what it is at ${label} ${list(calm)}: ${bent.map((curve) => `${curve.label} at ${kneeText(sweep, curve)}`).join("; ")}.`,
        ]),
    ...(straight.length === 0 ? [] : [`No knee within the series: ${list(straight)}.`]),
    ...(unstable.length === 0
      ? []
      : [
          `Unstable, left out of the curves: ${unstable.join("; ")}. There percentiles only measure how long the trial was.`,
        ]),
  ];
}

/** `0.3` and `0.8 to 0.95`: values that hold, three neighbours and more as one. */
function spans(
  points: Told["points"],
  holds: (point: Told["points"][number], i: number) => boolean,
): string[] {
  const runs: string[][] = [];
  for (const [i, point] of points.entries()) {
    const before = points[i - 1];
    if (!holds(point, i)) continue;
    if (before !== undefined && holds(before, i - 1)) runs.at(-1)!.push(point.text);
    else runs.push([point.text]);
  }
  return runs.flatMap((run) => (run.length < 3 ? run : [`${run[0]} to ${run.at(-1)}`]));
}

/** The best first: at the highest load where more is worse, with the least where less is. */
function bending({ curves }: Told): readonly Curve[] {
  const bent = curves.filter(({ knee }) => knee !== null);
  const rises = bent.some(({ knee }) => knee!.x > knee!.from);
  return bent.sort((a, b) => (rises ? -1 : 1) * (a.knee!.x - b.knee!.x));
}

/** It lies between two points: more than two digits were not measured. */
const kneeValue = ({ unit }: Told, { knee }: Curve): string => showSwept(unit, twoDigits(knee!.x));

const twoDigits = (value: number): number => Number(value.toPrecision(2));

/** `0.55 (95 %: 0.49 to 0.6)`; an end that lies beyond the series is left open. */
export function kneeText(sweep: Told, curve: Curve): string {
  const { range } = curve.knee!;
  const at = kneeValue(sweep, curve);
  if (range === null) return at;
  const [low, high] = range.map((end) => (end === null ? "beyond" : showSwept(sweep.unit, twoDigits(end))));
  return `${at} (95 %: ${low} to ${high})`;
}

/** What was judged, how often and where not; then what the trials are worth. */
export function sweepRemarks(run: RunRecord, { points }: Told): readonly Remark[] {
  const names = new Set(points.map(({ scenario }) => scenario.name));
  const trials = run.trials.filter(({ scenario }) => names.has(scenario));
  const judged = (
    kind: string,
    verb: string,
    items: readonly { readonly scenario: string; readonly text: string; readonly good: boolean | null }[],
  ): Remark[] => {
    const own = items.filter(({ scenario }) => names.has(scenario));
    return [...new Set(own.map(({ text }) => text))].map((text) => {
      const those = own.filter((item) => item.text === text);
      const where = (good: boolean | null): string[] =>
        spans(points, ({ scenario }) =>
          those.some((item) => item.scenario === scenario.name && item.good === good),
        );
      const [no, unknown] = [where(false), where(null)];
      const parts = [
        `${verb} at ${those.filter(({ good }) => good === true).length} of ${those.length} values`,
        ...(no.length > 0 ? [`not at ${list(no)}`] : []),
        ...(unknown.length > 0 ? [`not judged at ${list(unknown)}`] : []),
      ];
      const all = outcomeOf(no.length > 0 ? false : unknown.length > 0 ? null : true);
      return { kind: all, text: `${kind}: ${text}: ${parts.join(", ")}` };
    });
  };
  const claims = run.claims.map((claim) => ({
    scenario: claim.scenario,
    text: claimText(claim),
    good: claim.held,
  }));
  const objectives = run.objectives.map((o) => ({
    scenario: o.scenario,
    text: objectiveText(o),
    good: o.met,
  }));
  return [
    ...judged("Claim", "held", claims),
    ...judged("Objective", "met", objectives),
    ...worthOf(trials, "invalid", "and count for nothing"),
    ...worthOf(trials, "suspect", ", read their figures with care"),
    ...closedTraffic(points.every(({ scenario }) => scenario.open)),
    ...simulated(trials),
    ...unsupportedLines(run.unsupported),
  ];
}
