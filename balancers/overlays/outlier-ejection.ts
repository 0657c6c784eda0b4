import { z } from "zod";
import { type Millis, positiveDuration, share } from "#kernel/units.ts";
import type { BackendIndex } from "../algorithm.ts";
import type { Ejection } from "../ejection.ts";
import type { OverlayDefinition } from "../overlay.ts";

const schema = z.strictObject({
  consecutive: z.int().min(1).default(5).describe("failures or 5xx in a row that eject a backend at once"),
  interval: positiveDuration.default(10_000).describe("how often success rates are compared"),
  baseTime: positiveDuration
    .default(30_000)
    .describe("an ejection lasts this long times their number so far"),
  maxTime: positiveDuration.default(300_000).describe("but not longer than this"),
  maxEjected: share.default(0.1).describe("share of the backends that may be out at once; one always may"),
  deviations: z
    .number()
    .positive()
    .default(1.9)
    .describe("a success rate so many standard deviations below the mean ejects"),
  minBackends: z
    .int()
    .min(2)
    .default(5)
    .describe("backends with enough requests without which rates are not compared"),
  minRequests: z
    .int()
    .min(1)
    .default(100)
    .describe("requests in an interval without which a backend has no rate"),
});
export type OutlierRule = z.output<typeof schema>;

export const overlay = {
  name: "outlier-ejection",
  summary:
    "failures and 5xx in a row, or a success rate far below the others', take a backend out, each time for longer; instead of the plain rule for failures",
  reference: "Envoy, outlier detection; gRPC proposal A50",
  stage: "filter",
  schema,
} as const satisfies OverlayDefinition;

/** Envoy's outlier detection, but a backend returns exactly after its time and not at the next interval. `total` backends are in use at first; one that is removed is forgotten, as a host is there. */
export function createOutlierEjection(rule: OutlierRule, size: number, total: number): Ejection {
  const inRow = new Uint32Array(size);
  const good = new Uint32Array(size);
  const bad = new Uint32Array(size);
  const ejections = new Uint32Array(size);
  const returnsAt = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const isGone = new Uint8Array(size);
  let there = total;
  let nextSweep = Number.NEGATIVE_INFINITY;

  const isOut = (backend: BackendIndex, now: Millis): boolean => now < returnsAt[backend]!;
  const outAt = (now: Millis): number => returnsAt.reduce((count, at) => count + (now < at ? 1 : 0), 0);
  const eject = (backend: BackendIndex, now: Millis): boolean => {
    const most = Math.max(1, Math.floor(rule.maxEjected * there));
    if (isGone[backend] || isOut(backend, now) || outAt(now) >= most) return false;
    ejections[backend]! += 1;
    returnsAt[backend] =
      now + Math.min(rule.baseTime * ejections[backend]!, Math.max(rule.baseTime, rule.maxTime));
    inRow[backend] = 0;
    return true;
  };
  const outliers = (): BackendIndex[] => {
    const rated = [...good.keys()].filter((backend) => good[backend]! + bad[backend]! >= rule.minRequests);
    if (rated.length < rule.minBackends) return [];
    const rateOf = (backend: BackendIndex): number => good[backend]! / (good[backend]! + bad[backend]!);
    const mean = rated.reduce((sum, backend) => sum + rateOf(backend), 0) / rated.length;
    const variance = rated.reduce((sum, backend) => sum + (rateOf(backend) - mean) ** 2, 0) / rated.length;
    return rated.filter((backend) => rateOf(backend) < mean - rule.deviations * Math.sqrt(variance));
  };
  /** What an interval ends with: rates are compared, and who was in all the while is forgiven one ejection. */
  const sweep = (now: Millis): boolean => {
    if (nextSweep === Number.NEGATIVE_INFINITY) nextSweep = now + rule.interval;
    if (now < nextSweep) return false;
    const passed = 1 + Math.floor((now - nextSweep) / rule.interval);
    nextSweep += passed * rule.interval;
    for (let backend = 0; backend < size; backend++) {
      const calm = Math.min(passed, Math.floor((now - returnsAt[backend]!) / rule.interval));
      if (calm > 0) ejections[backend] = Math.max(0, ejections[backend]! - calm);
    }
    const ejected = outliers().map((backend) => eject(backend, now));
    good.fill(0);
    bad.fill(0);
    return ejected.includes(true);
  };
  return {
    admits: (backend, now) => !isOut(backend, now),
    nextReturn: (now) =>
      returnsAt.reduce(
        (soonest, at) => (at > now ? Math.min(soonest, at) : soonest),
        Number.POSITIVE_INFINITY,
      ),
    started: () => false,
    enrolled(backend, isThere, now) {
      isGone[backend] = isThere ? 0 : 1;
      there += isThere ? 1 : -1;
      if (isThere) return;
      inRow[backend] = good[backend] = bad[backend] = ejections[backend] = 0;
      // What was sent before says nothing about one that comes back.
      returnsAt[backend] = now;
    },
    ended(backend, { startedAt, end, errored }, now) {
      const hasSwept = sweep(now);
      // What began before an ejection was over says nothing about the time after it.
      if (end === "abandoned" || startedAt < returnsAt[backend]!) return hasSwept;
      const isGood = end === "answered" && !errored;
      (isGood ? good : bad)[backend]! += 1;
      inRow[backend] = isGood ? 0 : inRow[backend]! + 1;
      const hasEjected = inRow[backend]! >= rule.consecutive && eject(backend, now);
      return hasEjected || hasSwept;
    },
  };
}
