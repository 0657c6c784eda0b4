/** What a reader must know besides the findings, in few lines: claims and objectives, what trials are worth, how algorithms differ. */
import { atLeastText } from "./at-least.ts";
import type { Contestant } from "./contestants.ts";
import { list, showPercent, showRate } from "./figures.ts";
import { nameContestants } from "./groups.ts";
import { membershipTexts } from "./membership-sentences.ts";
import { METRICS, type MetricKey } from "./metrics.ts";
import type { Noise } from "./noise.ts";
import { groupReasons } from "./reasons.ts";
import type { RunRecord, TrialRecord } from "./record.ts";
import { claimLines, type Outcome, objectiveLines } from "./verdicts.ts";

export type RemarkKind = Outcome | "invalid" | "suspect" | "caution" | "noise" | "note" | "n/a";

export interface Remark {
  readonly kind: RemarkKind;
  readonly text: string;
}

export const SIGNS: Readonly<Record<RemarkKind, string>> = {
  yes: "✓",
  no: "✗",
  unknown: "?",
  invalid: "✗",
  suspect: "?",
  caution: "!",
  noise: "~",
  note: "–",
  "n/a": "–",
};

interface Remarked {
  readonly open: boolean;
  readonly leading: MetricKey;
  readonly contestants: readonly Contestant[];
  readonly noise: Noise | null;
  /** Of the scenario, with the control. */
  readonly trials: readonly TrialRecord[];
  readonly unsupported: RunRecord["unsupported"];
  readonly claims: RunRecord["claims"];
  readonly objectives: RunRecord["objectives"];
  /** What the timetable offers and what all backends can do, per second. */
  readonly offered: Pick<RunRecord["scenarios"][number], "offeredRate" | "offeredRange" | "capacity">;
}

/** Most important first. */
export function remarksOf(of: Remarked): readonly Remark[] {
  return [
    ...claimLines(of.claims).map(({ outcome, text }) => ({ kind: outcome, text })),
    ...objectiveLines(of.objectives).map(({ outcome, text }) => ({ kind: outcome, text })),
    ...worthOf(of.trials, "invalid", "and count for nothing"),
    ...worthOf(of.trials, "suspect", ", read their figures with care"),
    ...closedTraffic(of.open),
    ...overload(of.offered),
    ...membershipTexts(of.trials).map((text) => ({ kind: "note" as const, text })),
    ...simulated(of.trials),
    ...atLeast(of.contestants),
    noiseRemark(of),
    ...differences(of.contestants),
    ...unsupportedLines(of.unsupported),
  ];
}

/** `5 of 6 trials are suspect, read their figures with care: backends answered late (5: lag p99 1.08 to 13.10 ms, limit 1.07 ms).` */
export function worthOf(
  trials: readonly TrialRecord[],
  status: "suspect" | "invalid",
  advice: string,
): readonly Remark[] {
  const own = trials.filter((trial) => trial.verdict.status === status);
  if (own.length === 0) return [];
  const one = own.length === 1;
  const counted = `${own.length} of ${trials.length} trials ${one ? "is" : "are"} ${status}`;
  const told = one ? advice.replace("count for", "counts for").replace("their", "its") : advice;
  return [
    {
      kind: status,
      text: `${counted}${told.startsWith(",") ? "" : " "}${told}: ${groupReasons(own).join("; ")}.`,
    },
  ];
}

export function closedTraffic(open: boolean): readonly Remark[] {
  const text =
    "Closed traffic waits for the slowest: it shows throughput, not the latency that independent users would see.";
  return open ? [] : [{ kind: "caution", text }];
}

/** Part of the window above the capacity: the queues of that part say how long it lasted. */
function overload({ offeredRate, offeredRange, capacity }: Remarked["offered"]): readonly Remark[] {
  const [, most] = offeredRange ?? [];
  if (offeredRate === null || most === undefined || capacity === null) return [];
  if (offeredRate >= capacity || most < capacity) return [];
  const text = `The timetable offers up to ${showRate(most)} and all backends together can serve ${showRate(capacity)}: while it is above, queues grow for every algorithm.`;
  return [{ kind: "caution", text }];
}

export function simulated(trials: readonly TrialRecord[]): readonly Remark[] {
  if (!trials.some(({ engine }) => engine === "simulation")) return [];
  const text =
    "Simulated: nothing ran. The algorithms, the backends' queues and the faults are those of a live run; the network and the balancer cost nothing.";
  return [{ kind: "note", text }];
}

function atLeast(contestants: readonly Contestant[]): readonly Remark[] {
  const text = atLeastText(contestants);
  return text === null ? [] : [{ kind: "caution", text }];
}

/** Where a balancer's algorithm differs from the definition. */
function differences(contestants: readonly Contestant[]): readonly Remark[] {
  const notes = [...new Set(contestants.flatMap((c) => c.note ?? []))];
  if (notes.length === 0) return [];
  const each = notes.map((note) => `${nameContestants(contestants.filter((c) => c.note === note))}: ${note}`);
  return [{ kind: "note", text: `Not quite the textbook: ${each.join("; ")}.` }];
}

export function unsupportedLines(pairs: RunRecord["unsupported"]): readonly Remark[] {
  const reasons = [...new Set(pairs.map((pair) => pair.reason))];
  return reasons.map((reason) => ({
    kind: "n/a",
    text: `${nameContestants(pairs.filter((pair) => pair.reason === reason))} n/a: ${reason}`,
  }));
}

const NAMES: Partial<Record<MetricKey, string>> = {
  mean: "the mean",
  achievedRate: "the answered rate",
  cpu: "CPU per request",
};

function noiseRemark({ noise, leading, contestants }: Remarked): Remark {
  const keys = [...new Set<MetricKey>(["p50", leading, "mean", "cpu"])];
  const parts = keys.flatMap((key) => {
    const floor = noise?.floor[key];
    return floor === undefined ? [] : [`${showPercent(floor)} in ${NAMES[key] ?? METRICS[key].label}`];
  });
  const blur = Math.max(
    ...contestants.map((c) => (c.status === "invalid" ? 0 : (c.values[leading].blur ?? 0))),
    0,
  );
  const few =
    blur > 0
      ? ` Too few requests for an interval of ${METRICS[leading].label}: differences up to ${showPercent(blur)} do not count there.`
      : "";
  if (noise === null || parts.length === 0)
    return {
      kind: "caution",
      text: `No contestant was played twice here: only the intervals say what is noise.${few}`,
    };
  const who = `${list(noise.contestants)} played twice differed by ${list(parts)}`;
  return {
    kind: "noise",
    text: `${noise.own ? `Noise: ${who}; smaller differences mean nothing.` : `Noise, taken from another scenario: ${who}.`}${few}`,
  };
}
