import type { Excess, Impact } from "../../reports/record.ts";
import { OUTCOMES, type Row } from "../rows.ts";

/** What became of every request of the same seed without the fault: 4 bytes for each. */
export interface Twin {
  readonly record: (row: Row) => void;
  /** Latency in us, FAILED, or NaN for a request that was not played. */
  latencyOf(k: number): number;
}

const FAILED = -1;
const OK = OUTCOMES.indexOf("ok");
const FIRST_LENGTH = 4_096;

/** Whole microseconds are exact in 32 bits up to 16 s. */
export function createTwin(): Twin {
  let latencies = new Float32Array(FIRST_LENGTH).fill(Number.NaN);
  return {
    record({ k, outcome, endedUs, dueUs }) {
      if (k >= latencies.length) {
        const grown = new Float32Array(Math.max(2 * latencies.length, k + 1)).fill(Number.NaN);
        grown.set(latencies);
        latencies = grown;
      }
      latencies[k] = outcome === OK ? endedUs - dueUs : FAILED;
    },
    latencyOf: (k) => latencies[k] ?? Number.NaN,
  };
}

/** How much longer a request took with the fault, us; null when it failed in one of the plays or was missing. */
export function excessUsOf({ k, outcome, endedUs, dueUs }: Row, twin: Twin): number | null {
  const withoutUs = twin.latencyOf(k);
  if (outcome !== OK || !(withoutUs >= 0)) return null;
  // Rounded as the other one was, so that what is alike differs by 0.
  return Math.fround(endedUs - dueUs) - withoutUs;
}

export interface PairBuilder {
  readonly visit: (row: Row) => void;
  /** One per fault, in their order. */
  readonly faults: readonly Excess[];
  readonly all: NonNullable<Impact["counterfactual"]>;
}

interface Sums {
  pairs: number;
  extraFailures: number;
  both: number;
  excessUs: number;
  slower: number;
}

/** Slower by less is no harm that a user would feel. */
const FELT_US = 1_000;

/**
 * Request by request what the fault changed. A fault answers for the requests that ended at or after its start, up to those due when
 * the next one starts: faults that start together share them.
 */
export function pairWith(
  twin: Twin,
  faults: readonly { readonly at: number }[],
  durationMs: number,
): PairBuilder {
  const starts = [...new Set(faults.map(({ at }) => at))].sort((a, b) => a - b);
  const stretches = starts.map(noSums);
  const all = noSums();
  const before = noSums();
  const stretchOf = (row: Row): Sums => {
    const last = starts.findLastIndex((at) => row.dueUs >= at * 1_000);
    const next = starts[last + 1];
    // Under way when the next fault began: only that one can have changed it.
    const wasUnderWay = next !== undefined && next < durationMs && row.endedUs >= next * 1_000;
    const at = wasUnderWay ? last + 1 : last;
    return at === -1 ? before : (stretches[at] as Sums);
  };
  return {
    visit(row) {
      if (Number.isNaN(twin.latencyOf(row.k))) return;
      const stretch = stretchOf(row);
      compare(stretch, row, twin);
      if (stretch !== before) compare(all, row, twin);
    },
    get faults() {
      return faults.map(({ at }) => excessOf(stretches[starts.indexOf(at)] as Sums));
    },
    get all() {
      return { ...excessOf(all), beforeMs: excessOf(before).excessMs };
    },
  };
}

const noSums = (): Sums => ({ pairs: 0, extraFailures: 0, both: 0, excessUs: 0, slower: 0 });

function compare(sums: Sums, row: Row, twin: Twin): void {
  sums.pairs += 1;
  const failed = row.outcome !== OK;
  const wouldHaveFailed = twin.latencyOf(row.k) === FAILED;
  if (failed !== wouldHaveFailed) sums.extraFailures += failed ? 1 : -1;
  const excessUs = excessUsOf(row, twin);
  if (excessUs === null) return;
  sums.both += 1;
  sums.excessUs += excessUs;
  if (excessUs > FELT_US) sums.slower += 1;
}

function excessOf({ pairs, extraFailures, both, excessUs, slower }: Sums): Excess {
  return {
    pairs,
    extraFailures,
    excessMs: both === 0 ? null : excessUs / both / 1_000,
    excessWaitMs: excessUs / 1_000,
    slowerShare: both === 0 ? null : slower / both,
  };
}
