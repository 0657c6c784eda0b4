/** Latencies as they would have been on a machine that nobody else used: measured ones, less what the model says that others did to them. */
import { median, quantile } from "#kernel/statistics.ts";
import type { DiaryEntry } from "./diary.ts";
import { isStandstill } from "./measure.ts";

/** One request at the real server; milliseconds. */
export interface Observed {
  readonly k: number;
  readonly dueMs: number;
  readonly sentMs: number;
  readonly endedMs: number;
}

export interface Corrected {
  /** From the instant it was due, in the order of the worker. */
  readonly latencyMs: readonly number[];
  /** Mean of what was taken off. */
  readonly takenMs: number;
  /** What is left of a latency beside queue and work: median, and from there to the 95th percentile. */
  readonly hopMs: number;
  readonly hopSpreadMs: number;
}

/**
 * One worker serves in the order of its diary: a request starts when it has come and the one before is done (Lindley 1952). Played
 * once with what each really took and when it was really sent, and once without the waiting for cores and as it was due: the
 * difference of the two is what the machine did. What no model knows stays in: measured latency - first play.
 */
export function correct(observed: readonly Observed[], diary: readonly DiaryEntry[]): Corrected {
  const byK = new Map(observed.map((each) => [each.k, each]));
  const latencyMs: number[] = [];
  const hops: number[] = [];
  let taken = 0;
  let really = Number.NEGATIVE_INFINITY;
  let ideally = Number.NEGATIVE_INFINITY;
  const usualMs = median(diary.map(({ cpuMs }) => cpuMs));
  for (const { k, cpuMs, ioMs, delayMs } of diary) {
    const request = byK.get(k);
    if (request === undefined) continue;
    const { dueMs, sentMs, endedMs } = request;
    really = Math.max(sentMs, really) + cpuMs + ioMs + delayMs;
    ideally = Math.max(dueMs, ideally) + (isStandstill(cpuMs, usualMs) ? usualMs : cpuMs) + ioMs;
    const measured = endedMs - dueMs;
    const machine = really - dueMs - (ideally - dueMs);
    hops.push(endedMs - really);
    latencyMs.push(measured - machine);
    taken += machine;
  }
  const hopMs = median(hops);
  return { latencyMs, takenMs: taken / latencyMs.length, hopMs, hopSpreadMs: quantile(hops, 0.95) - hopMs };
}
