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

export interface Recovery {
  readonly recoveredAfterMs: number | null;
  readonly lost: number;
}

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
 * before the fault: otherwise latency never left its band. Null: never, or too few requests before or after to say so.
 */
export function recover(input: RecoveryInput): Recovery {
  const before = input.stretches.slice(0, Math.floor(input.baselineEnd / input.stretchMs));
  const first = Math.floor(input.at / input.stretchMs);
  const after = input.stretches.slice(first, Math.ceil(input.horizon / input.stretchMs));
  const errorsGone = lastFailure(before, after, Math.ceil(input.for / input.stretchMs));
  const latencyBack = lastSlow(before, after);
  const end = errorsGone === null || latencyBack === null ? null : Math.max(errorsGone, latencyBack);
  const lost = sum(
    end === null ? after : after.slice(0, Math.max(end, Math.ceil(input.for / input.stretchMs))),
    "failed",
  );
  if (end === null) return { recoveredAfterMs: null, lost };
  // A stretch that `at` cuts is counted whole, so the end of the last bad one is at most a stretch late.
  return { recoveredAfterMs: end === 0 ? 0 : Math.max(0, (first + end) * input.stretchMs - input.at), lost };
}

/** Number of stretches after which failures are as rare as before the fault; null when they never are. */
function lastFailure(before: readonly Stretch[], after: readonly Stretch[], lifted: number): number | null {
  const requests = sum(before, "requests");
  const usual = requests === 0 ? 0 : (2 * sum(before, "failed")) / requests;
  const end = peak(after, (stretch) => stretch.failed - usual * stretch.requests).index;
  if (end === 0) return 0;
  // Failures after the fault was lifted have a rate of their own.
  const failing = end > lifted ? after.slice(lifted, end) : after.slice(0, end);
  const rate = sum(failing, "failed") / Math.max(1, sum(failing, "requests"));
  return sum(after.slice(end), "requests") >= Math.max(LEAST_AFTER, EVIDENCE / rate) ? end : null;
}

/** Number of stretches after which latency stays within its band; null when it never does. */
function lastSlow(before: readonly Stretch[], after: readonly Stretch[]): number | null {
  if (sum(before, "requests") < LEAST_BASELINE) return null;
  // Of successes: failures have a clock of their own.
  const excess = (stretch: Stretch): number =>
    stretch.slow - ALLOWED_SLOW * (stretch.requests - stretch.failed);
  const usual = 2 * Math.max(1, highestRise(before, excess));
  const { index, height } = peak(after, excess);
  if (height <= usual) return 0;
  // What follows must be long enough that slow requests, had they gone on at 15 %, would have shown.
  return sum(after.slice(index), "requests") >= Math.max(LEAST_AFTER, (usual / ALLOWED_SLOW) * 2)
    ? index
    : null;
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
