/** What faults changed, phase by phase and against the same requests without them, as tables. */
import type { FigureTable } from "./chart.ts";
import type { Contestant } from "./contestants.ts";
import { showBudget } from "./fault-tables.ts";
import { medianOverRepeats } from "./faults.ts";
import { showCount, showMs, showNumber, showPercent, showRate, showShare, signed } from "./figures.ts";
import {
  latencyOf,
  type PhaseName,
  type PhasePercentile,
  phaseFigure,
  phasePercentile,
  phaseRecords,
  phasesOf,
} from "./phases.ts";
import type { PhaseRecord } from "./record.ts";

const known = (value: number | null, show: (value: number) => string): string =>
  value === null ? "–" : show(value);
const latency = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : Number.isFinite(value) ? showMs(value) : "not reached";

/** One row per contestant and phase, everything that is known of it. */
export function phaseTable(contestants: readonly Contestant[]): FigureTable {
  const keys: readonly PhasePercentile[] = [...new Set(["p50", phasePercentile(contestants)] as const)];
  const objective = contestants.find((c) => c.shown.impact !== null)?.shown.impact?.objective;
  return {
    columns: [
      "contestant",
      "phase",
      "requests",
      "failed",
      ...keys,
      `in ${known(objective?.latencyMs ?? null, showMs)}`,
      "attempts per request",
      "retries",
      "error budget",
    ],
    rows: phaseRecords(contestants).map(({ contestant, phase, record }) => [
      contestant.name,
      `${phase} (${showNumber(record.seconds)} s)`,
      showCount(record.requests),
      known(record.errorRate, showShare),
      ...keys.map((key) => latency(record.latencyMs.count === 0 ? null : latencyOf(key)(record))),
      known(record.goodput, showRate),
      known(record.amplification, (value) => value.toFixed(3)),
      known(record.retries, showCount),
      known(record.budgetBurnt, showPercent),
    ]),
  };
}

export const phaseCaption = (contestants: readonly Contestant[]): string => {
  const objective = contestants.find((c) => c.shown.impact !== null)?.shown.impact?.objective;
  if (objective === undefined) return "";
  return `Before the first fault, while any lasts, and after the last; requests by when they were due, those under way when a fault began with it. Answered in ${showMs(objective.latencyMs)}: goodput, per second. Error budget: failures as a share of all that may fail in the window at ${showShare(objective.availability)} availability. One trial of each contestant, the one that is drawn.`;
};

/** A row per contestant, for a terminal: medians over repeats. */
export function phaseSummary(contestants: readonly Contestant[]): FigureTable {
  const phases = phasesOf(contestants);
  const key = phasePercentile(contestants);
  const heading = (label: string): readonly string[] =>
    phases.map((phase, i) => (i === 0 ? `${label} ${phase}` : phase));
  const cells = (
    c: Contestant,
    of: (record: PhaseRecord) => number | null,
    show: (value: number | null) => string,
  ): readonly string[] => phases.map((phase: PhaseName) => show(phaseFigure(c, phase, of)?.median ?? null));
  return {
    columns: ["contestant", ...heading(key), ...heading("goodput")],
    rows: contestants
      .filter((c) => c.shown.impact !== null)
      .map((c) => [
        c.name,
        ...cells(c, latencyOf(key), latency),
        ...cells(
          c,
          ({ goodput }) => goodput,
          (value) => known(value, showRate),
        ),
      ]),
  };
}

/** A row per contestant: what all faults together cost it; medians over repeats. */
export function impactTable(contestants: readonly Contestant[]): FigureTable {
  const shown = contestants.filter((c) => c.shown.impact !== null);
  const hasTwin = shown.some((c) => c.shown.impact?.counterfactual !== null);
  // In virtual time nothing differs before the first fault.
  const hasChance = shown.some((c) => (c.shown.impact?.counterfactual?.beforeMs ?? 0) !== 0);
  const hasKeys = shown.some((c) => c.shown.impact?.keysMoved !== null);
  return {
    columns: [
      "contestant",
      ...(hasTwin ? ["extra failed", "extra wait", "a request", "slower"] : []),
      ...(hasChance ? ["by chance"] : []),
      "budget",
      "attempts",
      "retries",
      ...(hasKeys ? ["keys moved", "needlessly", "still after"] : []),
    ],
    rows: shown.map((c) => {
      const figure = (of: Parameters<typeof medianOverRepeats>[1], show: (value: number) => string): string =>
        known(medianOverRepeats(c, of), show);
      const ms = (value: number): string => signed(value, showMs);
      return [
        c.name,
        ...(hasTwin
          ? [
              figure(
                (i) => i.counterfactual?.extraFailures,
                (value) => signed(value, showCount),
              ),
              figure((i) => i.counterfactual?.excessWaitMs, ms),
              figure((i) => i.counterfactual?.excessMs, ms),
              figure((i) => i.counterfactual?.slowerShare, showPercent),
            ]
          : []),
        ...(hasChance ? [figure((i) => i.counterfactual?.beforeMs, ms)] : []),
        showBudget(medianOverRepeats(c, (i) => i.budgetBurnt)),
        figure(
          (i) => i.phases.during.amplification,
          (value) => `${value.toFixed(3)} ×`,
        ),
        figure((i) => i.phases.during.retries, showCount),
        ...(hasKeys
          ? [
              figure((i) => i.keysMoved?.during, showPercent),
              figure((i) => i.keysMoved?.needless, showPercent),
              figure((i) => i.keysMoved?.after, showPercent),
            ]
          : []),
      ];
    }),
  };
}

export const impactCaption = (contestants: readonly Contestant[]): string => {
  const impact = contestants.find((c) => c.shown.impact !== null)?.shown.impact;
  if (!impact) return "";
  const twin =
    impact.counterfactual === null
      ? "The same requests were not played without the faults (--counterfactual does)."
      : "Extra: against the same requests played without the faults, from the first fault on; wait: summed over all requests that succeeded in both, and the mean of it; slower: share of them that took over 1 ms longer; by chance: the mean difference of those before the first fault, where there is nothing to differ by.";
  const keys = contestants.some((c) => c.shown.impact?.keysMoved)
    ? " Keys moved: share of keys (what the algorithm goes by) that were answered by another backend during the faults than before; needlessly: of those whose backend had no fault; still after: with another backend after the faults than before."
    : "";
  return `${twin} Budget: failures of the window over those that ${showShare(impact.objective.availability)} availability allows, above 1 × it is missed. Attempts: those that the balancer started for each request due while a fault lasted; retries and hedges are those that were not the first.${keys}`;
};
