/** What faults did to contestants, in one sentence each and as a table. */
import type { FigureTable } from "./chart.ts";
import type { Contestant } from "./contestants.ts";
import { backendsText, type FaultGroup, groupFaults, whenText } from "./fault-groups.ts";
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
  return groupsOf(counted).map((group, index) => {
    const seen = seenOf(counted, index);
    const told = [lostText(seen), detectedText(seen), returnedText(seen), recoveredText(seen)].filter(
      (text) => text !== "",
    );
    const median = group.windows.length > 1 ? " (medians of all times and backends)" : "";
    return `${sentenceCase(group.type)} of ${backendsText(group)} ${whenText(group)}: ${told.join("; ")}${median}.`;
  });
}

/** `crash: no contestant loses a request`; empty without faults. */
export function faultsInShort(contestants: readonly Contestant[]): string {
  const counted = contestants.filter((c) => c.status !== "invalid");
  return groupsOf(counted)
    .map(({ type }, index) => `${type}: ${lostText(seenOf(counted, index))}`)
    .join("; ");
}

/** The faults as the first contestant that had them. */
const groupsOf = (contestants: readonly Contestant[]): readonly FaultGroup[] =>
  groupFaults(contestants.find((c) => c.shown.faults.length > 0)?.shown.faults ?? []);

const seenOf = (contestants: readonly Contestant[], index: number): readonly Seen[] =>
  contestants.flatMap((contestant): readonly Seen[] => {
    const record = groupFaults(contestant.shown.faults)[index]?.whole;
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
  const seen = all.filter(({ record }) => record.detection !== "not-visible");
  const never = seen.filter(({ record }) => record.detection === "never");
  const after = seen.flatMap(({ record }) => record.detectedAfterMs ?? []);
  if (seen.length === 0) return "attempts are not visible";
  if (after.length + never.length === 0) return "too few attempts to tell who stops sending there";
  const within = `within ${showMs(Math.max(0, ...after))}`;
  if (never.length > 0)
    return `${names(never)} ${verb(never, "goes", "go")} on sending there${after.length > 0 ? `, the others stop ${within}` : ""}`;
  if (after.length === all.length)
    return `${all.length === 1 ? `${names(all)} stops` : "all stop"} sending there ${within}`;
  const stopping = seen.filter(({ record }) => record.detection === "seen");
  return `${names(stopping)} ${verb(stopping, "stops", "stop")} sending there ${within}`;
}

/** With parity tuning a failed backend is left alone for this long (`failTimeoutMs` of balancers/parity.ts). */
export const LEFT_ALONE = "10 s";

/** Empty when no balancer had left the backend alone, or nobody can tell. */
function returnedText(all: readonly Seen[]): string {
  const back = all.filter(({ record }) => (record.returnedAfterMs ?? 0) > 0);
  const never = all.filter(({ record }) => record.return === "never");
  const after = back.flatMap(({ record }) => record.returnedAfterMs ?? []);
  const told: string[] = [];
  if (after.length > 0) {
    const who = back.length === all.length && all.length > 1 ? "all" : names(back);
    told.push(
      `${who} ${who === "all" ? "send" : verb(back, "sends", "send")} there again ${showSpan(after, showMs)} after it has ended`,
    );
  }
  if (never.length > 0) {
    const who = never.length === all.length && all.length > 1 ? "every contestant" : names(never);
    told.push(
      `${who} ${who.startsWith("every") ? "leaves" : verb(never, "leaves", "leave")} it alone until the trial ends (set alike, balancers try one that failed again after ${LEFT_ALONE})`,
    );
  }
  return told.join("; ");
}

function recoveredText(seen: readonly Seen[]): string {
  const never = seen.filter(({ record }) => record.recovery === "never");
  const unknown = seen.filter(({ record }) => record.recovery === "too-few-requests");
  const after = seen.flatMap(({ record }) => record.recoveredAfterMs ?? []);
  const tooFew = `too few requests to tell whether ${unknown.length === seen.length ? "anything is" : `${names(unknown)} ${verb(unknown, "is", "are")}`} back to normal`;
  if (after.length + never.length === 0) return tooFew;
  const told: string[] = [];
  if (after.length > 0)
    told.push(
      `${after.length === seen.length && seen.length > 1 ? "all " : ""}back to normal after ${showSpan(after, showMs)}`,
    );
  if (never.length === seen.length) told.push("not back to normal within the trial");
  else if (never.length > 0)
    told.push(`${after.length > 0 ? "but " : ""}not within the trial: ${names(never)}`);
  return [told.join(", "), ...(unknown.length > 0 ? [tooFew] : [])].join("; ");
}

/** An instant of a fault, or why there is none. */
function instant(
  ms: number | null,
  word: FaultRecord["detection" | "recovery" | "return"],
  never: string,
): string {
  if (ms !== null) return showMs(ms);
  return word === "never" ? never : word === "not-visible" ? "not visible" : "too few to tell";
}

/** Every fault of every contestant's shown trial. */
export const faultTable = (contestants: readonly Contestant[]): FigureTable => ({
  columns: ["contestant", "fault", "detected", "returned", "recovered", "lost", "wrongly sent", "resolution"],
  rows: contestants.flatMap((c) =>
    groupFaults(c.shown.faults).map(({ whole: fault, ...group }) => [
      c.status === "invalid" ? `${c.name} (invalid)` : c.name,
      `${group.type}, ${backendsText(group)}${group.times > 1 ? `, ${plural(group.times, "time")}` : ""}`,
      instant(fault.detectedAfterMs, fault.detection, "never"),
      instant(fault.returnedAfterMs, fault.return, "not in the trial"),
      instant(fault.recoveredAfterMs, fault.recovery, "not in the trial"),
      showCount(fault.lost),
      fault.misdirectedShare === null ? "not visible" : showPercent(fault.misdirectedShare),
      fault.resolutionMs === null ? "–" : showMs(fault.resolutionMs),
    ]),
  ),
});

/** What the columns of `faultTable` mean. */
export const FAULT_CAPTION = `Detected: from the fault's start to the first instant from which the faulty backend gets under 10 % of its fair share of attempts. Returned: from the fault's end until it gets half of its fair share again; 0 if it was never left alone, and with parity tuning one that failed is left alone for ${LEFT_ALONE}. Recovered: from the fault's start until errors are gone and latency is back within its band. Lost: failed requests that were due until then. Wrongly sent: share of all attempts that went to the faulty backend while the fault lasted. Attempts are seen with this resolution.`;
