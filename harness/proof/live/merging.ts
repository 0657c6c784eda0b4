import { createHistogram, percentileWithFailures } from "#kernel/histogram.ts";
import type { Row } from "../../rows.ts";
import { type Case, judge } from "../outcome.ts";

const SHARDS = 7;
const PERCENTILES = [0.5, 0.9, 0.95, 0.99];

/** Merged shards against the whole, and percentiles with more and more failures; on successes that were really measured. */
export function judgeMerging(model: string, ok: readonly Row[]): readonly Case[] {
  const whole = createHistogram();
  const shards = Array.from({ length: SHARDS }, createHistogram);
  for (const [at, row] of ok.entries()) {
    whole.record(row.endedUs - row.dueUs);
    shards[at % SHARDS]?.record(row.endedUs - row.dueUs);
  }
  const merged = createHistogram();
  for (const shard of shards) merged.add(shard);
  let differences = 0;
  for (let rank = 1; rank <= whole.count; rank++)
    if (merged.atRank(rank) !== whole.atRank(rank)) differences += 1;
  const title = `recorder: ${model}`;
  return [
    judge({
      id: `live/recorder/${model}/shards`,
      title: `${title}: values that differ in ${SHARDS} shards merged and in the whole`,
      unit: "values",
      theory: 0,
      measured: differences + Math.abs(merged.count - whole.count),
      bound: 0,
      note: `${whole.count} requests`,
    }),
    judge({
      id: `live/recorder/${model}/failures`,
      title: `${title}: percentiles that fall when successes become failures`,
      unit: "percentiles",
      theory: 0,
      measured: lowered(ok),
      bound: 0,
      note: "a failure ranks slower than any success",
    }),
  ];
}

/** The fastest fail first: the worst case for a record that would forget them. */
function lowered(ok: readonly Row[]): number {
  const latencies = ok.map(({ endedUs, dueUs }) => endedUs - dueUs).sort((a, b) => a - b);
  let count = 0;
  let before = PERCENTILES.map(() => 0);
  for (let failures = 0; failures < latencies.length; failures += Math.ceil(latencies.length / 20)) {
    const histogram = createHistogram();
    for (const latency of latencies.slice(failures)) histogram.record(latency);
    const now = PERCENTILES.map(
      (p) => percentileWithFailures(histogram, failures, p) ?? Number.POSITIVE_INFINITY,
    );
    count += now.filter((value, at) => value < (before[at] as number)).length;
    before = now;
  }
  return count;
}
