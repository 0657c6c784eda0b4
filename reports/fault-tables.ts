/** What faults did to contestants, as tables. */
import type { FigureTable } from "./chart.ts";
import type { Contestant } from "./contestants.ts";
import { backendsText } from "./fault-groups.ts";
import { LEFT_ALONE } from "./fault-sentences.ts";
import { type FaultOver, faultsOf } from "./faults.ts";
import { plural, showCount, showMs, showNumber, showPercent, showSpan } from "./figures.ts";
import type { FaultRecord } from "./record.ts";
import type { OverRepeats } from "./repeats.ts";

const rowName = (c: Contestant): string => (c.status === "invalid" ? `${c.name} (invalid)` : c.name);
const faultName = ({ group, record }: Pick<FaultOver, "group" | "record">): string =>
  group === null
    ? `${record.type}, backend ${record.backend}`
    : `${group.type}, ${backendsText(group)}${group.times > 1 ? `, ${plural(group.times, "time")}` : ""}`;

/** An instant of a fault, or why there is none. */
function instant(
  ms: number | null,
  word: FaultRecord["detection" | "recovery" | "return"],
  never: string,
): string {
  if (ms !== null) return showMs(ms);
  if (word === "never") return never;
  return { "not-visible": "not visible", "not-in-use": "not in use" }[word as string] ?? "too few to tell";
}

/** ` (8.4 to 10.1 s)` behind a median; the end of one that may be never stays open. */
function spread(over: OverRepeats | null, show: (value: number) => string): string {
  if (over === null || over.interval === null) return "";
  const [low, high] = over.interval;
  if (!Number.isFinite(low)) return "";
  return Number.isFinite(high) ? ` (${showSpan([low, high], show)})` : ` (${show(low)} to never)`;
}

/** With one repeat, what the trial itself says of its recovery. */
function recoverySpread({ record, over, samples }: FaultOver): string {
  if (samples > 1) return spread(over.recovered, showMs);
  const range = record.recovery === "seen" ? record.recoveredRangeMs : null;
  return range === null || range[0] === range[1] ? "" : ` (${showSpan(range, showMs)})`;
}

/** Every fault of every contestant, medians over repeats; with their intervals where there is room. */
export const faultTable = (
  contestants: readonly Contestant[],
  { intervals = false }: { readonly intervals?: boolean } = {},
): FigureTable => ({
  columns: [
    "contestant",
    "fault",
    "detected",
    "returned",
    "recovered",
    "lost",
    "wrongly sent",
    "known bad",
    "resolution",
  ],
  rows: faultsOf(contestants).map((fault) => {
    const { contestant, record, over } = fault;
    const its = (text: string): string => (intervals ? text : "");
    return [
      rowName(contestant),
      faultName(fault),
      `${instant(record.detectedAfterMs, record.detection, "never")}${its(spread(over.detected, showMs))}`,
      `${instant(record.returnedAfterMs, record.return, "not in the trial")}${its(spread(over.returned, showMs))}`,
      `${instant(record.recoveredAfterMs, record.recovery, "not in the trial")}${its(recoverySpread(fault))}`,
      `${showCount(record.lost)}${its(spread(over.lost, showCount))}`,
      record.misdirectedShare === null ? "not visible" : showPercent(record.misdirectedShare),
      record.sentWhileKnownBad === null ? "–" : showCount(record.sentWhileKnownBad),
      record.resolutionMs === null ? "–" : showMs(record.resolutionMs),
    ];
  }),
});

/** What the columns of `faultTable` mean. */
export const faultCaption = (contestants: readonly Contestant[]): string =>
  `Detected: from the fault's start to the first instant from which the faulty backend gets under 10 % of its fair share of attempts; not in use: it got as little before. Returned: from the fault's end until it gets half of its fair share again; 0 if it was never left alone, and with parity tuning one that failed is left alone for ${LEFT_ALONE}. Recovered: from the fault's start until errors are gone and latency is back, ${recoveredBy(contestants)}. Lost: failed requests that were under way when it began or due until then. Wrongly sent: share of all attempts that went to the faulty backend while the fault lasted; known bad: attempts there after detection. Attempts are seen with this resolution. ${confidence(contestants)}`;

/** Both ways of saying it where a run has both. */
function recoveredBy(contestants: readonly Contestant[]): string {
  const faults = contestants.flatMap(({ shown }) => shown.faults);
  const ways = [
    ...(faults.some((fault) => fault.recoveredBy === "counterfactual")
      ? ["95 % of the waiting beyond that of the same requests without the fault being over"]
      : []),
    ...(faults.some((fault) => fault.recoveredBy === "band")
      ? ["within the band of the successes before the first fault"]
      : []),
  ];
  return ways.join(", or ");
}

/** What stands in brackets. */
function confidence(contestants: readonly Contestant[]): string {
  const fewest = faultsOf(contestants).toSorted((a, b) => a.samples - b.samples)[0];
  const known = fewest?.over.lost;
  if (fewest === undefined || known === null || known === undefined) return "";
  return known.confidence === null
    ? "One sample of each; in brackets: the instants that one sample leaves open. More repeats (--repeat 6) give an interval."
    : `Medians of ${fewest.samples} repeats; in brackets: an interval that holds the median with ${showPercent(known.confidence)}.`;
}

const count = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : showCount(value);

/** None for records of a version that did not count kinds. */
function faultsWithKinds(contestants: readonly Contestant[]): readonly FaultOver[] {
  const faults = faultsOf(contestants);
  return faults.some(({ record }) => record.lostBy !== null) ? faults : [];
}

/** Requests lost by kind. */
export const lossTable = (contestants: readonly Contestant[]): FigureTable => ({
  columns: [
    "contestant",
    "fault",
    "lost",
    "connect",
    "mid-flight",
    "timeout",
    "wrong status",
    "drain errors",
    "error budget",
  ],
  rows: faultsWithKinds(contestants).map(({ contestant, group, record }) => [
    rowName(contestant),
    faultName({ group, record }),
    showCount(record.lost),
    count(record.lostBy?.connect),
    count(record.lostBy?.midFlight),
    count(record.lostBy?.timeout),
    count(record.lostBy?.wrongStatus),
    count(record.drainErrors),
    record.budgetBurnt === null ? "–" : showPercent(record.budgetBurnt),
  ]),
});

export const LOSS_CAPTION =
  "Connect: no backend took the request. Mid-flight: a backend had it and it was cut. Timeout: nobody answered in time. Wrong status: a backend answered with an error. Drain errors: those that were under way when the fault began; none should where a backend leaves in an orderly way. Error budget: lost requests as a share of all that may fail in the window.";

export const showBudget = (burnt: number | null): string =>
  burnt === null ? "–" : burnt < 1 ? showPercent(burnt) : `${showNumber(burnt)} ×`;
