import { createHistogram } from "#kernel/histogram.ts";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import type { AttemptReport } from "../../balancers/balancer.ts";
import type { FaultRecord } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../live/rows.ts";
import { createDetector, type Detection } from "./detection.ts";
import { BAND, recover, type Stretch } from "./recovery.ts";

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
  finish(): readonly Detection[];
}

/** `zeroNs` is the start of the window; `weights` are those that the balancer was told, by backend id. */
export function watchAttempts(
  faults: readonly FaultSpec[],
  weights: ReadonlyMap<number, number>,
  zeroNs: bigint,
  resolutionMs: number,
): AttemptWatch {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const detectors = faults.map((spec) => {
    const { backend, at } = spec;
    return createDetector({
      backend,
      at,
      for: spec.for,
      fairShare: (weights.get(backend) ?? 0) / total,
      resolutionMs,
    });
  });
  return {
    resolutionMs,
    add({ backend, atNs, count }) {
      const atMs = Number(atNs - zeroNs) / 1e6;
      for (const detector of detectors) detector.add({ backend, atMs, count });
    },
    finish: () => detectors.map((detector) => detector.finish()),
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
  finish(detections: readonly Detection[] | null, resolutionMs: number | null): FaultRecord[];
}

export function createFaultDistiller(faults: readonly FaultTimes[], durationMs: number): FaultDistiller {
  const baselineEnd = Math.min(durationMs, ...faults.map(({ spec }) => spec.at));
  const stretchMs = Math.max(SHORTEST_MS, durationMs / MOST_STRETCHES);
  const stretches = Array.from({ length: Math.ceil(durationMs / stretchMs) }, () => ({
    requests: 0,
    failed: 0,
    slow: 0,
  }));
  const before = createHistogram();
  let bandUs = Number.NaN;
  return {
    visitFirst(row) {
      if (row.outcome === OK && row.dueUs < baselineEnd * 1_000) before.record(row.endedUs - row.dueUs);
    },
    visitSecond(row) {
      if (Number.isNaN(bandUs))
        bandUs = before.count === 0 ? Number.POSITIVE_INFINITY : before.quantile(BAND);
      const stretch = stretches[Math.floor(row.dueUs / 1_000 / stretchMs)];
      if (stretch === undefined) return;
      stretch.requests += 1;
      if (row.outcome !== OK) stretch.failed += 1;
      else if (row.endedUs - row.dueUs > bandUs) stretch.slow += 1;
    },
    finish: (detections, resolutionMs) =>
      faults.map(({ spec, injectedAtMs, liftedAtMs }, position) => {
        const horizon = Math.min(
          durationMs,
          ...faults.map((other) => other.spec.at).filter((at) => at > spec.at),
        );
        const span = { at: spec.at, for: spec.for, baselineEnd, horizon };
        const detection = detections?.[position];
        return {
          type: spec.type,
          backend: spec.backend,
          at: spec.at,
          for: spec.for,
          injectedAt: injectedAtMs,
          liftedAt: liftedAtMs,
          detectedAfterMs: detection?.detectedAfterMs ?? null,
          ...recover({ stretches: stretches satisfies readonly Stretch[], stretchMs, ...span }),
          misdirectedShare: detection?.misdirectedShare ?? null,
          resolutionMs: detections === null ? null : resolutionMs,
        };
      }),
  };
}
