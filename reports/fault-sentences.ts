/** What faults did to contestants, in one sentence each. */
import type { Contestant } from "./contestants.ts";
import { backendsText, type FaultGroup, groupFaults, whenText } from "./fault-groups.ts";
import { type FaultOver, faultOver, medianOverRepeats } from "./faults.ts";
import { plural, sentenceCase, showMs, showSpan, signed } from "./figures.ts";
import { nameContestants } from "./groups.ts";

type Seen = Pick<FaultOver, "contestant" | "record">;

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

/** What the faults cost against the same requests without them: who waits least and most; null without a counterfactual. */
export function costSentence(contestants: readonly Contestant[]): string | null {
  const costs = contestants
    .filter((c) => c.status !== "invalid")
    .flatMap((c) => {
      const wait = medianOverRepeats(c, ({ counterfactual }) => counterfactual?.excessWaitMs);
      const mean = medianOverRepeats(c, ({ counterfactual }) => counterfactual?.excessMs);
      const chance = medianOverRepeats(c, ({ counterfactual }) => counterfactual?.beforeMs) ?? 0;
      return wait === null || mean === null ? [] : [{ contestant: c, name: c.name, wait, mean, chance }];
    })
    .sort((a, b) => a.wait - b.wait);
  const noise = costs.filter(({ mean, chance }) => Math.abs(chance) > Math.abs(mean) / 2);
  const clear = costs.filter((cost) => !noise.includes(cost));
  const [least, most] = [clear[0], clear.at(-1)];
  const untold =
    noise.length === 0
      ? ""
      : `of ${nameContestants(noise.map(({ contestant }) => contestant))} nothing can be said: before the fault the two plays differed by ${showSpan(
          noise.map(({ chance }) => Math.abs(chance)),
          showMs,
        )} a request already`;
  if (costs.length === 0) return null;
  const start = `Waiting against the same requests without the fault${contestants.some((c) => c.shown.faults.length > 1) ? "s" : ""}`;
  if (least === undefined || most === undefined) return `${start}: ${untold}.`;
  const told = ({ name, wait, mean }: (typeof costs)[number]): string =>
    `${signed(wait, showMs)} with ${name} (${signed(mean, showMs)} a request)`;
  const waiting = least === most ? told(least) : `from ${told(least)} to ${told(most)}`;
  return `${start}: ${[waiting, ...(untold === "" ? [] : [untold])].join("; ")}.`;
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
  contestants.flatMap((contestant) => faultOver(contestant, index) ?? []);

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
  const seen = all.filter(({ record }) => !["not-visible", "not-in-use"].includes(record.detection));
  const never = seen.filter(({ record }) => record.detection === "never");
  const after = seen.flatMap(({ record }) => record.detectedAfterMs ?? []);
  if (all.every(({ record }) => record.detection === "not-in-use"))
    return "nobody had sent anything there before";
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
