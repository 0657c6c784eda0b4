import type { FaultRecord } from "../../reports/record.ts";

/** What became of the requests that were due in one stretch of the window; stretches follow each other without gaps. */
export interface Stretch {
  readonly requests: number;
  readonly failed: number;
  /** Successes slower than the band. */
  readonly slow: number;
}

export interface RecoveryInput {
  /** All stretches from the window's start, each `stretchMs` long. */
  readonly stretches: readonly Stretch[];
  readonly stretchMs: number;
  readonly at: number;
  readonly for: number;
  /** Start of the first fault: before it lies the band. */
  readonly baselineEnd: number;
  /** Start of the next fault, or the end of the window. */
  readonly horizon: number;
}

export type Recovery = Pick<FaultRecord, "recovery" | "recoveredAfterMs" | "lost">;

/** Number of stretches after which it is over, or why that cannot be said. */
type Over = number | "never" | "too-few-requests";

/** The band: this share of the successes before the first fault is faster. */
export const BAND = 0.95;
/** Requests outside the band are 5 % by its making; twice that is not "back". */
const ALLOWED_SLOW = 0.1;
/** Fewest requests before the first fault that make a band: with 5 of them outside, its true share is below the allowed one. */
const LEAST_BASELINE = 100;
/** Fewest requests after the recovery, so that it is more than a gap. */
const LEAST_AFTER = 20;
/** Failures that would be expected after the last one, had nothing changed (5 expected, none seen: 0.7 % by chance). */
const EVIDENCE = 5;

/**
 * Recovered: no more failures than before the fault, and latency back within its own band: the first instant after `at` from which
 * at most 10 % of the requests are slower than 95 % of those before the first fault. Both are found as in `detection.ts`, by the
 * maximum of a sum. Slow requests come in clusters at any load, so the sum must first rise above twice the highest cluster seen
 * before the fault: otherwise latency never left its band. Never: what came last, as long as is needed to tell, was still bad.
 */
export function recover(input: RecoveryInput): Recovery {
  const before = input.stretches.slice(0, Math.floor(input.baselineEnd / input.stretchMs));
  const first = Math.floor(input.at / input.stretchMs);
  const after = input.stretches.slice(first, Math.ceil(input.horizon / input.stretchMs));
  const errorsGone = lastFailure(before, after, Math.ceil(input.for / input.stretchMs));
  const latencyBack = lastSlow(before, after);
  const end = latest(errorsGone, latencyBack);
  const lost = sum(
    typeof end === "number" ? after.slice(0, Math.max(end, Math.ceil(input.for / input.stretchMs))) : after,
    "failed",
  );
  if (typeof end !== "number") return { recovery: end, recoveredAfterMs: null, lost };
  // A stretch that `at` cuts is counted whole, so the end of the last bad one is at most a stretch late.
  const recoveredAfterMs = end === 0 ? 0 : Math.max(0, (first + end) * input.stretchMs - input.at);
  return { recovery: "seen", recoveredAfterMs, lost };
}

/** Over when both are; never when one of them is, whatever is known of the other. */
function latest(one: Over, other: Over): Over {
  if (one === "never" || other === "never") return "never";
  if (one === "too-few-requests" || other === "too-few-requests") return "too-few-requests";
  return Math.max(one, other);
}

/** What to say when too little came after the end of the bad part: were the last `needed` requests still bad on the whole? */
function unresolved(after: readonly Stretch[], value: (stretch: Stretch) => number, needed: number): Over {
  let requests = 0;
  let sum = 0;
  for (let index = after.length - 1; index >= 0 && requests < needed; index--) {
    const stretch = after[index] as Stretch;
    requests += stretch.requests;
    sum += value(stretch);
  }
  return requests >= needed && sum > 0 ? "never" : "too-few-requests";
}

/** When failures are as rare as before the fault. */
function lastFailure(before: readonly Stretch[], after: readonly Stretch[], lifted: number): Over {
  const requests = sum(before, "requests");
  const usual = requests === 0 ? 0 : (2 * sum(before, "failed")) / requests;
  const excess = (stretch: Stretch): number => stretch.failed - usual * stretch.requests;
  const end = peak(after, excess).index;
  if (end === 0) return 0;
  // Failures after the fault was lifted have a rate of their own.
  const failing = end > lifted ? after.slice(lifted, end) : after.slice(0, end);
  const rate = sum(failing, "failed") / Math.max(1, sum(failing, "requests"));
  const needed = Math.max(LEAST_AFTER, EVIDENCE / rate);
  return sum(after.slice(end), "requests") >= needed ? end : unresolved(after, excess, needed);
}

/** When latency stays within its band. */
function lastSlow(before: readonly Stretch[], after: readonly Stretch[]): Over {
  if (sum(before, "requests") < LEAST_BASELINE) return "too-few-requests";
  // Of successes: failures have a clock of their own.
  const excess = (stretch: Stretch): number =>
    stretch.slow - ALLOWED_SLOW * (stretch.requests - stretch.failed);
  const usual = 2 * Math.max(1, highestRise(before, excess));
  const { index, height } = peak(after, excess);
  if (height <= usual) return 0;
  // What follows must be long enough that slow requests, had they gone on at 15 %, would have shown.
  const needed = Math.max(LEAST_AFTER, (usual / ALLOWED_SLOW) * 2);
  return sum(after.slice(index), "requests") >= needed ? index : unresolved(after, excess, needed);
}

/** Where the running sum of `value` is highest: the number of stretches up to there, 0 when it never rises above 0. */
function peak(
  stretches: readonly Stretch[],
  value: (stretch: Stretch) => number,
): { readonly index: number; readonly height: number } {
  let running = 0;
  let height = 0;
  let index = 0;
  for (const [position, stretch] of stretches.entries()) {
    running += value(stretch);
    if (running <= height) continue;
    height = running;
    index = position + 1;
  }
  return { index, height };
}

/** Highest rise of the running sum of `value` from any point to a later one. */
function highestRise(stretches: readonly Stretch[], value: (stretch: Stretch) => number): number {
  let rise = 0;
  let highest = 0;
  for (const stretch of stretches) {
    rise = Math.max(0, rise + value(stretch));
    highest = Math.max(highest, rise);
  }
  return highest;
}

function sum(stretches: readonly Stretch[], field: keyof Stretch): number {
  return stretches.reduce((total, stretch) => total + stretch[field], 0);
}
