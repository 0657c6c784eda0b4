/** Faults of a contestant over its repeats. */
import type { Contestant } from "./contestants.ts";
import { type FaultGroup, groupFaults } from "./fault-groups.ts";
import type { FaultRecord, Impact, TrialRecord } from "./record.ts";
import { type OverRepeats, overRepeats } from "./repeats.ts";

/** One fault of one contestant: the record of its median over repeats, and the intervals of what varies. */
export interface FaultOver {
  readonly contestant: Contestant;
  /** Its backends and times, where it has several; null when the shown trial has no such fault. */
  readonly group: FaultGroup | null;
  readonly record: FaultRecord;
  readonly samples: number;
  readonly over: Readonly<Record<FaultFigure, OverRepeats | null>>;
}

export type FaultFigure =
  | "detected"
  | "returned"
  | "recovered"
  | "lost"
  | "misdirected"
  | "knownBad"
  | "extraFailures"
  | "excessWait";

/** Trials whose figures count: those that are not invalid, or all where none is. */
export function countedTrials({ trials }: Pick<Contestant, "trials">): readonly TrialRecord[] {
  const valid = trials.filter((trial) => trial.verdict.status !== "invalid");
  return valid.length > 0 ? valid : trials;
}

/** Null when the contestant has no such fault. */
export function faultOver(contestant: Contestant, index: number): FaultOver | null {
  const records = countedTrials(contestant).flatMap((trial) => groupFaults(trial.faults)[index]?.whole ?? []);
  const group = groupFaults(contestant.shown.faults)[index];
  const shown = group?.whole ?? records[0];
  if (shown === undefined) return null;
  const numbers = (of: (record: FaultRecord) => number | null | undefined): OverRepeats | null =>
    overRepeats(records.flatMap((record) => of(record) ?? []));
  const instants = (word: Word, ms: Instant): OverRepeats | null =>
    numbers((record) => (record[word] === "never" ? Number.POSITIVE_INFINITY : record[ms]));
  const over = {
    detected: instants("detection", "detectedAfterMs"),
    returned: instants("return", "returnedAfterMs"),
    recovered: instants("recovery", "recoveredAfterMs"),
    lost: numbers(({ lost }) => lost),
    misdirected: numbers(({ misdirectedShare }) => misdirectedShare),
    knownBad: numbers(({ sentWhileKnownBad }) => sentWhileKnownBad),
    extraFailures: numbers(({ excess }) => excess?.extraFailures),
    excessWait: numbers(({ excess }) => excess?.excessWaitMs),
  };
  const record: FaultRecord = {
    ...shown,
    ...medianOf(over.detected, "detection", "detectedAfterMs", shown),
    ...medianOf(over.returned, "return", "returnedAfterMs", shown),
    ...medianOf(over.recovered, "recovery", "recoveredAfterMs", shown),
    lost: over.lost?.median ?? shown.lost,
    misdirectedShare: over.misdirected?.median ?? null,
    sentWhileKnownBad: over.knownBad?.median ?? null,
    // Of the trial whose losses are the median.
    lostBy: records.find(({ lost }) => lost === over.lost?.median)?.lostBy ?? shown.lostBy,
  };
  return { contestant, group: group ?? null, record, samples: records.length, over };
}

type Word = "detection" | "return" | "recovery";
type Instant = "detectedAfterMs" | "returnedAfterMs" | "recoveredAfterMs";

/** Where no repeat knows, the shown one says why. */
function medianOf(
  over: OverRepeats | null,
  word: Word,
  ms: Instant,
  shown: FaultRecord,
): Pick<FaultRecord, never> {
  if (over === null) return { [word]: shown[word], [ms]: null };
  return Number.isFinite(over.median)
    ? { [word]: "seen", [ms]: over.median }
    : { [word]: "never", [ms]: null };
}

/** Every fault of every contestant, contestants first. */
export const faultsOf = (contestants: readonly Contestant[]): readonly FaultOver[] =>
  contestants.flatMap((contestant) =>
    groupFaults(contestant.shown.faults).flatMap((_, index) => faultOver(contestant, index) ?? []),
  );

/** Of what all faults did to a contestant; null where no repeat knows. */
export function medianOverRepeats(
  contestant: Contestant,
  of: (impact: Impact) => number | null | undefined,
): number | null {
  const known = countedTrials(contestant).flatMap(({ impact }) =>
    impact === null ? [] : (of(impact) ?? []),
  );
  return overRepeats(known)?.median ?? null;
}
