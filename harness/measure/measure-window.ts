import type { Row } from "../rows.ts";
import type { MeasuredTrial } from "../trial.ts";
import { busiestOf } from "./busiest.ts";
import { createDistiller, type DistilInput, type Distilled } from "./distil.ts";
import { measureGrowth } from "./growth.ts";
import { createImpact, type ImpactInputs } from "./impact.ts";
import { createLeaves } from "./leaves.ts";

/** Calls `visit` for every row of a window in the order of their ends; the second reading gives the same rows. */
export type ReadRows = (visit: (row: Row) => void) => void | Promise<void>;

/** What an engine knows of a window beside its rows. */
export interface WindowInputs extends DistilInput, ImpactInputs {
  /** The offered rate is the same all through the window; false in a closed loop, which its users bound. */
  readonly steady: boolean;
  readonly membership: Parameters<typeof createLeaves>[0];
  /** The plan puts a backend at or above its capacity for good. */
  readonly plannedUnstable: boolean;
}

/** The numbers of a trial that follow from its rows alone, whichever engine wrote them. */
export type Numbers = Pick<
  MeasuredTrial,
  | "counts"
  | "latencyMs"
  | "successLatencyMs"
  | "serviceLatencyMs"
  | "sendLagMs"
  | "intervals"
  | "offeredRate"
  | "achievedRate"
  | "errorRate"
  | "waterfallMs"
  | "requests"
  | "shop"
  | "backends"
  | "series"
  | "growth"
  | "faults"
  | "impact"
  | "leaves"
>;

/** Reads the rows once, and once more when there are faults to measure. */
export async function measureWindow(
  inputs: WindowInputs,
  read: ReadRows,
): Promise<{ readonly distilled: Distilled; readonly numbers: Numbers }> {
  const { durationMs, faults, membership, steady, plannedUnstable } = inputs;
  const distiller = createDistiller(inputs);
  const impact = faults.length === 0 ? null : createImpact(inputs);
  const leaves = createLeaves(membership);
  await read(
    impact === null && membership.length === 0
      ? distiller.visit
      : (row) => {
          distiller.visit(row);
          impact?.visitFirst(row);
          leaves.visit(row);
        },
  );
  if (impact !== null) await read(impact.visitSecond);
  const distilled = distiller.finish();
  const growth = measureGrowth({
    batches: distilled.batches,
    durationMs,
    planned: plannedUnstable,
    measurable: steady && faults.length === 0,
    busiest: busiestOf(distilled.backends),
  });
  return {
    distilled,
    numbers: {
      counts: distilled.counts,
      latencyMs: distilled.latencyMs,
      successLatencyMs: distilled.successLatencyMs,
      serviceLatencyMs: distilled.serviceLatencyMs,
      sendLagMs: distilled.sendLagMs,
      intervals: distilled.intervals,
      offeredRate: distilled.offeredRate,
      achievedRate: distilled.achievedRate,
      errorRate: distilled.errorRate,
      waterfallMs: distilled.waterfallMs,
      requests: distilled.requests,
      shop: distilled.shop,
      backends: distilled.backends,
      series: distilled.series,
      growth,
      ...(impact?.finish() ?? { faults: [], impact: null }),
      leaves: leaves.finish(),
    },
  };
}
