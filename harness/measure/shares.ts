import type { TrialRecord } from "../../reports/record.ts";
import { OUTCOMES, type Row, UNKNOWN_U32 } from "../rows.ts";
import type { LedgerCounts } from "./ledger.ts";
import { createPositions } from "./positions.ts";

export type BackendRecord = TrialRecord["backends"][number];
export type Waterfall = TrialRecord["waterfallMs"];

const OK = OUTCOMES.indexOf("ok");

/** What is known of a backend beside the rows. */
export interface BackendFacts {
  readonly id: number;
  /** Requests it can serve at once: workers x threads. */
  readonly slots: number;
  /** Of the requests of the window, as it counted them itself. */
  readonly counts: Pick<LedgerCounts, "attempts" | "completed">;
}

type Sums = readonly [requests: number, queued: number, queueUs: number, served: number, serviceUs: number];
const SUMS = 5;

export interface ShareBuilder {
  readonly visit: (row: Row) => void;
  /** `share` is of all responses whose backend is known; `utilisation` counts the work whose response arrived. */
  finish(durationUs: number): BackendRecord[];
}

export function createShares(backends: readonly BackendFacts[]): ShareBuilder {
  const positionOf = createPositions(backends.map(({ id }) => id));
  // Of each backend side by side: requests; those that reported queueing and how much; the same of service.
  const sums = new Float64Array(SUMS * backends.length);
  return {
    visit(row) {
      const at = SUMS * positionOf(row.backend);
      if (at < 0) return;
      sums[at]! += 1;
      if (row.serviceUs === UNKNOWN_U32) return;
      sums[at + 3]! += 1;
      sums[at + 4]! += row.serviceUs;
      // Real servers do not know it: the kernel has their queue.
      if (row.queueUs === UNKNOWN_U32) return;
      sums[at + 1]! += 1;
      sums[at + 2]! += row.queueUs;
    },
    finish(durationUs) {
      const total = backends.reduce((sum, _, position) => sum + (sums[SUMS * position] as number), 0);
      return backends.map(({ id, slots, counts }, position) => {
        const own = sums.subarray(SUMS * position) as unknown as Sums;
        const [requests, queued, queueUs, served, serviceUs] = own;
        return {
          id,
          requests,
          share: total === 0 ? 0 : requests / total,
          attempts: counts.attempts,
          completed: counts.completed,
          queueMs: queued === 0 ? null : queueUs / queued / 1_000,
          utilisation: served === 0 ? null : serviceUs / (slots * durationUs),
        };
      });
    },
  };
}

export interface WaterfallBuilder {
  readonly visit: (row: Row) => void;
  finish(): Waterfall;
}

/**
 * Where the mean latency of successes went: send lag + hop + queue + service is their mean latency. Of the successes whose backend reported its
 * times; the hop is what is left, connecting and retries included.
 */
export function createWaterfall(): WaterfallBuilder {
  const sums = { count: 0, sendLagUs: 0, hopUs: 0, queueUs: 0, serviceUs: 0 };
  return {
    visit(row) {
      if (row.outcome !== OK || row.queueUs === UNKNOWN_U32 || row.serviceUs === UNKNOWN_U32) return;
      sums.count += 1;
      sums.sendLagUs += row.sentUs - row.dueUs;
      sums.hopUs += row.endedUs - row.sentUs - row.queueUs - row.serviceUs;
      sums.queueUs += row.queueUs;
      sums.serviceUs += row.serviceUs;
    },
    finish() {
      const { count, sendLagUs, hopUs, queueUs, serviceUs } = sums;
      const mean = (us: number): number | null => (count === 0 ? null : us / count / 1_000);
      return { sendLag: mean(sendLagUs), hop: mean(hopUs), queue: mean(queueUs), service: mean(serviceUs) };
    },
  };
}
