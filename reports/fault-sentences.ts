/** What faults did to contestants, in one sentence each and as a table. */
import type { FigureTable } from "./chart.ts";
import type { Contestant } from "./contestants.ts";
import { plural, sentenceCase, showCount, showMs, showPercent, showSpan } from "./figures.ts";
import { nameContestants } from "./groups.ts";
import type { FaultRecord } from "./record.ts";

interface Seen {
  readonly contestant: Contestant;
  readonly record: FaultRecord;
}

/** Who lost least and most, who stopped sending to the faulty backend, who was back to normal; one sentence per fault. */
export function faultSentences(contestants: readonly Contestant[]): readonly string[] {
  const counted = contestants.filter((c) => c.status !== "invalid");
  const faults = counted.find((c) => c.shown.faults.length > 0)?.shown.faults ?? [];
  return faults.map((fault, index) => {
    const seen = seenOf(counted, index);
    const told = [lostText(seen), detectedText(seen), recoveredText(seen)];
    return `${sentenceCase(fault.type)} of backend ${fault.backend} at ${showMs(fault.at)} for ${showMs(fault.for)}: ${told.join("; ")}.`;
  });
}

/** `crash: no contestant loses a request`; empty without faults. */
export function faultsInShort(contestants: readonly Contestant[]): string {
  const counted = contestants.filter((c) => c.status !== "invalid");
  const faults = counted.find((c) => c.shown.faults.length > 0)?.shown.faults ?? [];
  return faults.map((fault, index) => `${fault.type}: ${lostText(seenOf(counted, index))}`).join("; ");
}

const seenOf = (contestants: readonly Contestant[], index: number): readonly Seen[] =>
  contestants.flatMap((contestant): readonly Seen[] => {
    const record = contestant.shown.faults[index];
    return record ? [{ contestant, record }] : [];
  });

const names = (seen: readonly Seen[]): string => nameContestants(seen.map(({ contestant }) => contestant));
const verb = (seen: readonly Seen[], one: string, many: string): string => (seen.length === 1 ? one : many);

function lostText(seen: readonly Seen[]): string {
  const losses = seen.map(({ record }) => record.lost);
  const [least, most] = [Math.min(...losses), Math.max(...losses)];
  if (most === 0) return seen.length === 1 ? "no request is lost" : "no contestant loses a request";
  if (least === most) return `${seen.length === 1 ? names(seen) : "each"} loses ${plural(most, "request")}`;
  const losing = (lost: number): readonly Seen[] => seen.filter(({ record }) => record.lost === lost);
  const [lucky, unlucky] = [losing(least), losing(most)];
  return `${names(lucky)} ${verb(lucky, "loses", "lose")} ${least === 0 ? "none" : plural(least, "request")}, ${names(unlucky)} ${verb(unlucky, "loses", "lose")} most: ${plural(most, "request")}`;
}

function detectedText(all: readonly Seen[]): string {
  const seen = all.filter(
    ({ record }) => record.detectedAfterMs !== null || record.misdirectedShare !== null,
  );
  const never = seen.filter(({ record }) => record.detectedAfterMs === null);
  const after = seen.flatMap(({ record }) => record.detectedAfterMs ?? []);
  if (seen.length === 0) return "attempts are not visible";
  const within = `within ${showMs(Math.max(0, ...after))}`;
  if (never.length === 0)
    return `${seen.length === 1 ? `${names(seen)} stops` : seen.length === all.length ? "all stop" : `${names(seen)} stop`} sending there ${within}`;
  return `${names(never)} ${verb(never, "goes", "go")} on sending there${after.length > 0 ? `, the others stop ${within}` : ""}`;
}

function recoveredText(seen: readonly Seen[]): string {
  const missing = seen.filter(({ record }) => record.recoveredAfterMs === null);
  const after = seen.flatMap(({ record }) => record.recoveredAfterMs ?? []);
  if (after.length === 0) return "a return to normal is not seen within the trial";
  const span = `back to normal after ${showSpan(after, showMs)}`;
  if (missing.length > 0) return `${span}, but not within the trial: ${names(missing)}`;
  return `${seen.length === 1 ? "" : "all "}${span}`;
}

/** Every fault of every contestant's shown trial. */
export const faultTable = (contestants: readonly Contestant[]): FigureTable => ({
  columns: ["contestant", "fault", "detected after", "recovered after", "lost", "wrongly sent", "resolution"],
  rows: contestants.flatMap((c) =>
    c.shown.faults.map((fault) => [
      c.status === "invalid" ? `${c.name} (invalid)` : c.name,
      `${fault.type}, backend ${fault.backend}`,
      fault.detectedAfterMs === null
        ? fault.misdirectedShare === null
          ? "not visible"
          : "never"
        : showMs(fault.detectedAfterMs),
      fault.recoveredAfterMs === null ? "not within the trial" : showMs(fault.recoveredAfterMs),
      showCount(fault.lost),
      fault.misdirectedShare === null ? "not visible" : showPercent(fault.misdirectedShare),
      fault.resolutionMs === null ? "–" : showMs(fault.resolutionMs),
    ]),
  ),
});

/** What the columns of `faultTable` mean. */
export const FAULT_CAPTION =
  "Detected: the first instant from which the faulty backend gets under 10 % of its fair share of attempts, seen with this resolution. Recovered: errors gone and latency back within its band; “not within the trial” may also mean that too few requests came before or after to tell. Both from the fault's start. Wrongly sent: share of all attempts that went to the faulty backend while the fault lasted.";
