import type { FaultRecord } from "../../reports/record.ts";
import { LOSS_KINDS, type LossKind } from "./losses.ts";

/** What became of the requests that were due in one stretch of the window; stretches follow each other without gaps. */
export interface Stretch extends Readonly<Record<LossKind, number>> {
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
  /** Says when latency is as in the play without the fault; where there was none, or it says nothing, latency must be back within its band. */
  readonly excess: { over(first: number, end: number): Over | null } | null;
}

export type Recovery = Pick<
  FaultRecord,
  "recovery" | "recoveredBy" | "recoveredAfterMs" | "recoveredRangeMs" | "lost" | "lostBy"
>;

/** Numbers of stretches after which it is over: the estimate, and the least and the most that noise allows. */
interface End {
  readonly at: number;
  readonly range: readonly [number, number];
}

/** When it is over, or why that cannot be said. */
export type Over = End | "never" | "too-few-requests";

const AT_ONCE: End = { at: 0, range: [0, 0] };

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
 * Recovered without a counterfactual: no more failures than before the fault, and latency back within its own band: the first instant after `at` from which
 * at most 10 % of the requests are slower than 95 % of those before the first fault. Both are found as in `detection.ts`, by the
 * maximum of a sum. Slow requests come in clusters at any load, so the sum must first rise above twice the highest cluster seen
 * before the fault, which is the noise: otherwise latency never left its band. A later peak counts when it is higher by more than the
 * noise; every instant at which the sum is within the noise of its highest may be the recovery, too, and bounds the range.
 * Never: what came last, as long as is needed to tell, was still bad.
 */
export function recover(input: RecoveryInput): Recovery {
  const before = input.stretches.slice(0, Math.floor(input.baselineEnd / input.stretchMs));
  const first = Math.floor(input.at / input.stretchMs);
  const horizon = Math.ceil(input.horizon / input.stretchMs);
  const after = input.stretches.slice(first, horizon);
  const errorsGone = lastFailure(before, after, Math.ceil(input.for / input.stretchMs));
  const excessOver = input.excess?.over(first, horizon) ?? null;
  const latencyBack = excessOver ?? lastSlow(before, after);
  const recoveredBy = excessOver === null ? "band" : "counterfactual";
  const end = latest(errorsGone, latencyBack);
  const least = Math.ceil(input.for / input.stretchMs);
  const affected = typeof end === "string" ? after : after.slice(0, Math.max(end.at, least));
  const lost = sum(affected, "failed");
  const lostBy = Object.fromEntries(
    LOSS_KINDS.map((kind) => [kind, sum(affected, kind)]),
  ) as Recovery["lostBy"];
  if (typeof end === "string")
    return { recovery: end, recoveredBy, recoveredAfterMs: null, recoveredRangeMs: null, lost, lostBy };
  // A stretch that `at` cuts is counted whole, so the end of the last bad one is at most a stretch late.
  const toMs = (count: number): number =>
    count === 0 ? 0 : Math.max(0, (first + count) * input.stretchMs - input.at);
  const recoveredRangeMs: [number, number] = [toMs(end.range[0]), toMs(end.range[1])];
  return { recovery: "seen", recoveredBy, recoveredAfterMs: toMs(end.at), recoveredRangeMs, lost, lostBy };
}

/** Over when both are; never when one of them is, whatever is known of the other. */
function latest(one: Over, other: Over): Over {
  if (one === "never" || other === "never") return "never";
  if (one === "too-few-requests" || other === "too-few-requests") return "too-few-requests";
  return {
    at: Math.max(one.at, other.at),
    range: [Math.max(one.range[0], other.range[0]), Math.max(one.range[1], other.range[1])],
  };
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
  if (end === 0) return AT_ONCE;
  // Failures after the fault was lifted have a rate of their own.
  const failing = end > lifted ? after.slice(lifted, end) : after.slice(0, end);
  const rate = sum(failing, "failed") / Math.max(1, sum(failing, "requests"));
  const needed = Math.max(LEAST_AFTER, EVIDENCE / rate);
  return sum(after.slice(end), "requests") >= needed
    ? { at: end, range: [end, end] }
    : unresolved(after, excess, needed);
}

/** When latency stays within its band. */
function lastSlow(before: readonly Stretch[], after: readonly Stretch[]): Over {
  if (sum(before, "requests") < LEAST_BASELINE) return "too-few-requests";
  // Of successes: failures have a clock of their own.
  const excess = (stretch: Stretch): number =>
    stretch.slow - ALLOWED_SLOW * (stretch.requests - stretch.failed);
  const usual = 2 * Math.max(1, highestRise(before, excess));
  const { index, height, range } = peak(after, excess, usual);
  if (height <= usual) return AT_ONCE;
  // What follows must be long enough that slow requests, had they gone on at 15 %, would have shown.
  const needed = Math.max(LEAST_AFTER, (usual / ALLOWED_SLOW) * 2);
  return sum(after.slice(index), "requests") >= needed
    ? { at: index, range }
    : unresolved(after, excess, needed);
}

interface Peak {
  /** Number of stretches up to the peak, 0 when the sum never rises above 0. */
  readonly index: number;
  /** Of the highest peak. */
  readonly height: number;
  /** Numbers of stretches up to the first and the last instant within the noise of the highest. */
  readonly range: readonly [number, number];
}

/**
 * Where the running sum of `value` has its peak: the highest, or an earlier one that it exceeds by no more than the noise and that is a peak
 * of its own, with a fall of more than the noise behind it.
 */
function peak(stretches: readonly Stretch[], value: (stretch: Stretch) => number, noise = 0): Peak {
  const sums = [0];
  for (const stretch of stretches) sums.push((sums.at(-1) as number) + value(stretch));
  const height = sums.reduce((most, each) => Math.max(most, each), 0);
  const isHigh = (each: number): boolean => each >= height - noise;
  const range = [sums.findIndex(isHigh), sums.findLastIndex(isHigh)] as const;
  let index = range[0];
  for (let position = index; position < sums.length; position++) {
    const here = sums[position] as number;
    const top = sums[index] as number;
    if (here > top) index = position;
    else if (here < top - noise && noise > 0) break;
  }
  return { index, height, range };
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
