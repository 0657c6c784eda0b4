import { rankOf } from "#kernel/histogram.ts";
import type { FaultSpec } from "../../backends/faults/fault.ts";
import type { Excess, FaultRecord } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";
import type { Seen } from "./attempt-watch.ts";
import type { Twin } from "./counterfactual.ts";
import { createExcessSeries } from "./excess-recovery.ts";
import { lossOf, noLosses, type WasTaken } from "./losses.ts";
import { BAND, recover, type Stretch } from "./recovery.ts";
import { createTally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";

/** When a fault really began and ended, ms from the window's start; null if it never did. */
export interface FaultTimes {
  readonly spec: FaultSpec;
  readonly injectedAtMs: number | null;
  readonly liftedAtMs: number | null;
}

const OK = OUTCOMES.indexOf("ok");
/** Stretches are 10 ms long, or longer so that no window has more than this many. */
const MOST_STRETCHES = 4_000;
const SHORTEST_MS = 10;

/** What is known of faults beside the rows. */
export interface FaultFacts {
  /** One per fault; null when the balancer reports no attempts. */
  readonly seen: readonly Seen[] | null;
  readonly resolutionMs: number | null;
  /** One per fault; null when the same was not played without them. */
  readonly excess: readonly Excess[] | null;
  /** Failures that the availability objective allows in the window. */
  readonly allowedFailures: number;
}

/** Reads the rows twice: first for the band before the first fault, then for what fell outside it. */
export interface FaultDistiller {
  readonly visitFirst: (row: Row) => void;
  readonly visitSecond: (row: Row) => void;
  finish(facts: FaultFacts): FaultRecord[];
}

export interface FaultInputs {
  readonly faults: readonly FaultTimes[];
  readonly durationMs: number;
  readonly timeline: Timeline;
  readonly wasTaken: WasTaken;
  /** The same seed without faults; null when it was not played. */
  readonly twin: Twin | null;
}

type Counting = { -readonly [Field in keyof Stretch]: Stretch[Field] };

export function createFaultDistiller({
  faults,
  durationMs,
  timeline,
  wasTaken,
  twin,
}: FaultInputs): FaultDistiller {
  const baselineEnd = timeline.firstMs;
  const stretchMs = Math.max(SHORTEST_MS, durationMs / MOST_STRETCHES);
  const stretches = Array.from(
    { length: Math.ceil(durationMs / stretchMs) },
    (): Counting => ({ requests: 0, failed: 0, slow: 0, ...noLosses() }),
  );
  const series =
    twin === null ? null : createExcessSeries(twin, timeline, { stretches: stretches.length, stretchMs });
  /** Failures of requests that were under way, by the start of the fault. */
  const underWay = new Map<number, number>();
  const before = createTally();
  let bandUs = Number.NaN;
  return {
    visitFirst(row) {
      if (row.outcome === OK && row.dueUs < baselineEnd * 1_000) before.record(row.endedUs - row.dueUs);
    },
    visitSecond(row) {
      series?.visit(row);
      if (Number.isNaN(bandUs))
        bandUs = before.count === 0 ? Number.POSITIVE_INFINITY : before.atRank(rankOf(BAND, before.count));
      const dueMs = row.dueUs / 1_000;
      const onset = timeline.onsetWithin(dueMs, row.endedUs / 1_000);
      // A request that was under way when a fault began failed by it; one that it only made late says nothing of the calm before.
      if (onset !== null && row.outcome === OK) return;
      if (onset !== null) underWay.set(onset, (underWay.get(onset) ?? 0) + 1);
      const stretch = stretches[Math.floor((onset ?? dueMs) / stretchMs)];
      if (stretch === undefined) return;
      count(stretch, row, bandUs, wasTaken);
    },
    finish: ({ seen, resolutionMs, excess, allowedFailures }) =>
      faults.map(({ spec, injectedAtMs, liftedAtMs }, position) => {
        const { type, backend, at, for: length } = spec;
        const horizon = Math.min(
          durationMs,
          ...faults.map((other) => other.spec.at).filter((start) => start > at),
        );
        const recovery = recover({
          stretches,
          stretchMs,
          at,
          for: length,
          baselineEnd,
          horizon,
          excess: series,
        });
        const attempts = seen?.[position];
        return {
          type,
          ...(spec.entry === undefined ? {} : { entry: spec.entry }),
          backend,
          at,
          for: length,
          injectedAt: injectedAtMs,
          liftedAt: liftedAtMs,
          detection: attempts?.detection ?? "not-visible",
          detectedAfterMs: attempts?.detectedAfterMs ?? null,
          return: attempts?.return ?? "not-visible",
          returnedAfterMs: attempts?.returnedAfterMs ?? null,
          ...recovery,
          drainErrors: underWay.get(at) ?? 0,
          budgetBurnt: allowedFailures > 0 ? recovery.lost / allowedFailures : null,
          misdirectedShare: attempts?.misdirectedShare ?? null,
          sentWhileKnownBad: attempts?.sentWhileKnownBad ?? null,
          excess: excess?.[position] ?? null,
          resolutionMs: seen === null ? null : resolutionMs,
        };
      }),
  };
}

function count(stretch: Counting, row: Row, bandUs: number, wasTaken: WasTaken): void {
  stretch.requests += 1;
  const kind = lossOf(row, wasTaken);
  if (kind !== null) {
    stretch.failed += 1;
    stretch[kind] += 1;
  } else if (row.endedUs - row.dueUs > bandUs) stretch.slow += 1;
}
