/** Latencies as they would have been on a machine that nobody else used and that never slows down. */
import { mean, median, quantile } from "#kernel/statistics.ts";
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
  /** Mean of what was taken off: waiting for cores, late sending, another speed than that of the profile. */
  readonly takenMs: number;
  /** CPU time of a request that found a queue, and of one that found the worker idle, over that of the profile; NaN without such requests. */
  readonly queuedSpeed: number;
  readonly idleSpeed: number;
  /** What is left of a latency beside queue and work: median, and from there to the 99th percentile. */
  readonly hopMs: number;
  readonly hopSpreadMs: number;
}

interface Visit {
  readonly request: Observed;
  readonly entry: DiaryEntry;
  readonly isQueued: boolean;
  readonly departureMs: number;
}

/**
 * One worker serves in the order of its diary: a request starts when it has come and the one before is done (Lindley 1952). Played
 * once with what each really took and when it was really sent, and once as it was due, without waiting for cores and with a mean CPU
 * time of `cpuMs`, the profile's: the difference of the two is what the machine did. What no model knows stays in. A machine that
 * others use is now faster and now slower, and an idle one starts slowly: the speed is that of the requests of a kind around each.
 */
export function correct(
  observed: readonly Observed[],
  diary: readonly DiaryEntry[],
  cpuMs: number,
): Corrected {
  const visits = visitsOf(observed, diary);
  const usualMs = median(diary.map((entry) => entry.cpuMs));
  const meanOf = (isQueued: boolean): number => {
    const those = visits.filter(
      (visit) => visit.isQueued === isQueued && !isStandstill(visit.entry.cpuMs, usualMs),
    );
    return those.length === 0 ? Number.NaN : mean(those.map(({ entry }) => entry.cpuMs));
  };
  const [queuedMs, idleMs] = [meanOf(true), meanOf(false)];
  const around = localMeans(visits, usualMs);
  const latencyMs: number[] = [];
  let taken = 0;
  let ideally = Number.NEGATIVE_INFINITY;
  for (const [i, { request, entry, departureMs }] of visits.entries()) {
    const work = isStandstill(entry.cpuMs, usualMs) ? cpuMs : (entry.cpuMs * cpuMs) / (around[i] as number);
    ideally = Math.max(request.dueMs, ideally) + work + entry.ioMs;
    const machine = departureMs - ideally;
    latencyMs.push(request.endedMs - request.dueMs - machine);
    taken += machine;
  }
  const hops = visits.map(({ request, departureMs }) => request.endedMs - departureMs);
  const hopMs = median(hops);
  return {
    latencyMs,
    takenMs: taken / latencyMs.length,
    queuedSpeed: queuedMs / cpuMs,
    idleSpeed: idleMs / cpuMs,
    hopMs,
    hopSpreadMs: quantile(hops, 0.99) - hopMs,
  };
}

/** Requests of its kind on either side that tell the machine's speed at a request. */
const AROUND = 12;

/** Mean CPU time of the requests around each that found the worker as it did, itself among them; milliseconds. */
function localMeans(visits: readonly Visit[], usualMs: number): readonly number[] {
  const means: number[] = Array.from({ length: visits.length }, () => usualMs);
  for (const kind of [true, false]) {
    const places = visits.flatMap(({ isQueued, entry }, i) =>
      isQueued === kind && !isStandstill(entry.cpuMs, usualMs) ? [i] : [],
    );
    for (const [at, place] of places.entries()) {
      const near = places.slice(Math.max(0, at - AROUND), at + AROUND + 1);
      means[place] = mean(near.map((i) => (visits[i] as Visit).entry.cpuMs));
    }
  }
  return means;
}

function visitsOf(observed: readonly Observed[], diary: readonly DiaryEntry[]): readonly Visit[] {
  const byK = new Map(observed.map((each) => [each.k, each]));
  let freeAt = Number.NEGATIVE_INFINITY;
  return diary.flatMap((entry): readonly Visit[] => {
    const request = byK.get(entry.k);
    if (request === undefined) return [];
    const isQueued = request.sentMs < freeAt;
    freeAt = Math.max(request.sentMs, freeAt) + entry.cpuMs + entry.ioMs + entry.delayMs;
    return [{ request, entry, isQueued, departureMs: freeAt }];
  });
}
