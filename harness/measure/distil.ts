import { createRng } from "#kernel/rng.ts";
import type { Counts, Latency, SeriesSecond, TrialRecord } from "../../reports/record.ts";
import { OUTCOMES, type Row, UNKNOWN_U32 } from "../rows.ts";
import { type Batches, createBatches } from "./batches.ts";
import { bucketOf } from "./buckets.ts";
import { createByType } from "./by-type.ts";
import { createCounter, type GeneratorCounts } from "./counts.ts";
import { bootstrapIntervals, type Intervals } from "./intervals.ts";
import { createSeries } from "./series.ts";
import {
  type BackendFacts,
  type BackendRecord,
  createShares,
  createWaterfall,
  type Waterfall,
} from "./shares.ts";
import { createShopMeter } from "./shop-meter.ts";
import { createSpread, type Spread } from "./spread.ts";

export interface DistilInput {
  /** Length of the window that was played; shorter than planned when the run was interrupted. */
  readonly durationMs: number;
  readonly timeoutMs: number;
  readonly seed: number;
  readonly backends: readonly BackendFacts[];
  /** Names of the request types, by position. */
  readonly requests: readonly string[];
  /** Set where a mix is played. */
  readonly mix: { readonly hasSessions: boolean; ordersPlaced(): number | null } | null;
}

/** What the rows of a window say. */
export interface Distilled {
  readonly counts: Counts;
  readonly latencyMs: Latency;
  readonly successLatencyMs: Latency;
  /** `ended - sent`, ranked as `latencyMs` is: what a generator that forgets its timetable would print. */
  readonly serviceLatencyMs: Latency;
  /** Of the requests that were sent. */
  readonly sendLagMs: Latency;
  readonly sendLagP99Ms: number | null;
  readonly backendLagP99Ms: number | null;
  readonly intervals: Intervals;
  /** Requests of the window per second. */
  readonly offeredRate: number;
  /** Successes among the requests due in the window, whenever they ended, per second of the window. */
  readonly achievedRate: number;
  readonly sendRate: number;
  /** Share of all scheduled requests that did not succeed; 0 without requests. */
  readonly errorRate: number;
  readonly waterfallMs: Waterfall;
  readonly requests: TrialRecord["requests"];
  readonly shop: TrialRecord["shop"];
  readonly backends: BackendRecord[];
  readonly series: SeriesSecond[];
  readonly batches: Batches;
  /** Requests in flight by Little's law: the sum of all times from sent to ended over the window's length. */
  readonly meanInFlight: number;
  /** Mean service time that backends reported, ms; 0 when none did. */
  readonly meanServiceMs: number;
  /** Why the rows do not add up. */
  countFailures(generator: GeneratorCounts | null): readonly string[];
}

export interface Distiller {
  readonly visit: (row: Row) => void;
  finish(): Distilled;
}

const OK = OUTCOMES.indexOf("ok");
const TIMEOUT = OUTCOMES.indexOf("timeout");
const GATEWAY_TIMEOUT = 504;

/** Balancers give up before clients do (`read-limit.ts`): a queue that is too long shows as their answer. */
const ranOutOfTime = ({ outcome, status }: Row): boolean => outcome === TIMEOUT || status === GATEWAY_TIMEOUT;

interface Spreads {
  readonly latency: Spread;
  readonly service: Spread;
  readonly sendLag: Spread;
  readonly backendLag: Spread;
}

/** Reads rows one by one; memory does not depend on their number but for one entry per second of the series. */
export function createDistiller(input: DistilInput): Distiller {
  const durationUs = input.durationMs * 1_000;
  const counter = createCounter(durationUs);
  const batches = createBatches(durationUs);
  const series = createSeries(
    durationUs,
    input.timeoutMs * 1_000,
    input.backends.map(({ id }) => id),
  );
  const shares = createShares(input.backends);
  const waterfall = createWaterfall();
  const byType = createByType(input.requests);
  const shop = input.mix === null ? null : createShopMeter(input.mix.hasSessions);
  const spreads = {
    latency: createSpread(),
    service: createSpread(),
    sendLag: createSpread(),
    backendLag: createSpread(),
  };
  const work = { inFlightUs: 0, serviceUs: 0, served: 0 };
  return {
    visit(row) {
      const latencyUs = row.endedUs - row.dueUs;
      const bucket = bucketOf(latencyUs);
      counter.visit(row);
      batches.record(
        row.dueUs,
        latencyUs,
        row.outcome === OK ? "ok" : ranOutOfTime(row) ? "timeout" : "other",
        bucket,
      );
      series.visit(row, latencyUs, bucket);
      shares.visit(row);
      waterfall.visit(row);
      recordSpreads(spreads, row, latencyUs, bucket);
      if (byType !== null) byType.visit(row, latencyUs, bucket);
      if (shop !== null) shop.visit(row);
      if (!Number.isNaN(row.sentUs)) work.inFlightUs += row.endedUs - row.sentUs;
      if (row.serviceUs === UNKNOWN_U32) return;
      work.serviceUs += row.serviceUs;
      work.served += 1;
    },
    finish() {
      const { counts } = counter;
      const seconds = durationUs / 1e6;
      return {
        ...summaries(spreads, counts),
        counts,
        intervals: bootstrapIntervals(batches, durationUs, createRng(input.seed).fork("intervals")),
        offeredRate: counts.scheduled / seconds,
        achievedRate: counts.ok / seconds,
        sendRate: counts.sent / seconds,
        errorRate: counts.scheduled === 0 ? 0 : (counts.scheduled - counts.ok) / counts.scheduled,
        waterfallMs: waterfall.finish(),
        requests: byType?.finish() ?? [],
        shop: shop?.finish(input.mix?.ordersPlaced() ?? null) ?? null,
        backends: shares.finish(durationUs),
        series: series.finish(),
        batches,
        meanInFlight: work.inFlightUs / durationUs,
        meanServiceMs: work.served === 0 ? 0 : work.serviceUs / work.served / 1_000,
        countFailures: counter.reasons,
      };
    },
  };
}

function recordSpreads(spreads: Spreads, row: Row, latencyUs: number, bucket: number): void {
  if (!Number.isNaN(row.sentUs)) spreads.sendLag.record(row.sentUs - row.dueUs);
  if (row.lagUs !== UNKNOWN_U32) spreads.backendLag.record(row.lagUs);
  if (row.outcome !== OK || Number.isNaN(row.sentUs)) return;
  spreads.latency.record(latencyUs, bucket);
  const serviceUs = row.endedUs - row.sentUs;
  // Nearly always sent when due, or to the instant so in a simulation.
  spreads.service.record(serviceUs, serviceUs === latencyUs ? bucket : bucketOf(serviceUs));
}

type Summaries = Pick<
  Distilled,
  "latencyMs" | "successLatencyMs" | "serviceLatencyMs" | "sendLagMs" | "sendLagP99Ms" | "backendLagP99Ms"
>;

function summaries({ latency, service, sendLag, backendLag }: Spreads, counts: Counts): Summaries {
  const failures = counts.scheduled - counts.ok;
  return {
    latencyMs: latency.summarize(failures),
    successLatencyMs: latency.summarize(0),
    serviceLatencyMs: service.summarize(failures),
    sendLagMs: sendLag.summarize(0),
    sendLagP99Ms: instrumentP99(sendLag),
    backendLagP99Ms: instrumentP99(backendLag),
  };
}

/** A limit of the instrument is checked however few requests there are; the record prints a p99 only when it is worth it. */
function instrumentP99({ count, histogram }: Spread): number | null {
  return count === 0 ? null : histogram().quantile(0.99) / 1_000;
}
