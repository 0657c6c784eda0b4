import { rankOf } from "#kernel/histogram.ts";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import type { AttemptReport } from "../../balancers/balancer.ts";
import type { FaultRecord } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";
import { createDetector, type Detection } from "./detection.ts";
import { BAND, recover, type Stretch } from "./recovery.ts";
import { createReturnDetector, type Return } from "./return.ts";
import { createTally } from "./tally.ts";

/** When a fault really began and ended, ms from the window's start; null if it never did. */
export interface FaultTimes {
  readonly spec: FaultSpec;
  readonly injectedAtMs: number | null;
  readonly liftedAtMs: number | null;
}

/** Listens to the attempts of a trial for all its faults; memory does not depend on their number. */
export interface AttemptWatch {
  readonly resolutionMs: number;
  readonly add: (report: AttemptReport) => void;
  /** One per fault, in their order. */
  finish(): readonly Seen[];
}

/** What the attempts say of one fault. */
export type Seen = Detection & Return;

export interface AttemptWatchOptions {
  readonly faults: readonly FaultSpec[];
  /** Those that the balancer was told, by backend id. */
  readonly weights: ReadonlyMap<number, number>;
  /** Start of the window. */
  readonly zeroNs: bigint;
  readonly durationMs: number;
  readonly resolutionMs: number;
}

export function watchAttempts(options: AttemptWatchOptions): AttemptWatch {
  const { faults, weights, zeroNs, durationMs, resolutionMs } = options;
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const detectors = faults.map(({ backend, at, for: length }) => {
    const fairShare = (weights.get(backend) ?? 0) / total;
    const from = at + length;
    const next = faults
      .filter((other) => other.backend === backend && other.at >= from)
      .map((other) => other.at);
    const until = Math.min(durationMs, ...next);
    return {
      detection: createDetector({ backend, at, for: length, fairShare, resolutionMs }),
      return: createReturnDetector({ backend, from, until, fairShare }),
    };
  });
  return {
    resolutionMs,
    add({ backend, atNs, count }) {
      const atMs = Number(atNs - zeroNs) / 1e6;
      for (const each of detectors) {
        each.detection.add({ backend, atMs, count });
        each.return.add({ backend, atMs, count });
      }
    },
    finish: () => detectors.map((each) => ({ ...each.detection.finish(), ...each.return.finish() })),
  };
}

const OK = OUTCOMES.indexOf("ok");
/** Stretches are 10 ms long, or longer so that no window has more than this many. */
const MOST_STRETCHES = 4_000;
const SHORTEST_MS = 10;

/** Reads the rows twice: first for the band before the first fault, then for what fell outside it. */
export interface FaultDistiller {
  readonly visitFirst: (row: Row) => void;
  readonly visitSecond: (row: Row) => void;
  finish(seen: readonly Seen[] | null, resolutionMs: number | null): FaultRecord[];
}

export function createFaultDistiller(faults: readonly FaultTimes[], durationMs: number): FaultDistiller {
  const baselineEnd = Math.min(durationMs, ...faults.map(({ spec }) => spec.at));
  const stretchMs = Math.max(SHORTEST_MS, durationMs / MOST_STRETCHES);
  const stretches = Array.from({ length: Math.ceil(durationMs / stretchMs) }, () => ({
    requests: 0,
    failed: 0,
    slow: 0,
  }));
  const before = createTally();
  let bandUs = Number.NaN;
  return {
    visitFirst(row) {
      if (row.outcome === OK && row.dueUs < baselineEnd * 1_000) before.record(row.endedUs - row.dueUs);
    },
    visitSecond(row) {
      if (Number.isNaN(bandUs))
        bandUs = before.count === 0 ? Number.POSITIVE_INFINITY : before.atRank(rankOf(BAND, before.count));
      const stretch = stretches[Math.floor(row.dueUs / 1_000 / stretchMs)];
      if (stretch === undefined) return;
      stretch.requests += 1;
      if (row.outcome !== OK) stretch.failed += 1;
      else if (row.endedUs - row.dueUs > bandUs) stretch.slow += 1;
    },
    finish: (seen, resolutionMs) =>
      faults.map(({ spec, injectedAtMs, liftedAtMs }, position) => {
        const horizon = Math.min(
          durationMs,
          ...faults.map((other) => other.spec.at).filter((at) => at > spec.at),
        );
        const span = { at: spec.at, for: spec.for, baselineEnd, horizon };
        const attempts = seen?.[position];
        return {
          type: spec.type,
          ...(spec.entry === undefined ? {} : { entry: spec.entry }),
          backend: spec.backend,
          at: spec.at,
          for: spec.for,
          injectedAt: injectedAtMs,
          liftedAt: liftedAtMs,
          detection: attempts?.detection ?? "not-visible",
          detectedAfterMs: attempts?.detectedAfterMs ?? null,
          return: attempts?.return ?? "not-visible",
          returnedAfterMs: attempts?.returnedAfterMs ?? null,
          ...recover({ stretches: stretches satisfies readonly Stretch[], stretchMs, ...span }),
          misdirectedShare: attempts?.misdirectedShare ?? null,
          resolutionMs: seen === null ? null : resolutionMs,
        };
      }),
  };
}
