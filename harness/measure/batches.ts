import { BUCKETS, bucketOf } from "./buckets.ts";

/** The window cut into this many batches by due time. */
export const BATCHES = 40;

/** What is kept of each batch: enough to put a window together from any choice of batches. Size does not depend on the run. */
export interface Batches {
  /** Requests due. */
  readonly total: Float64Array;
  readonly ok: Float64Array;
  /** Sum of latencies of successes, microseconds. */
  readonly okUs: Float64Array;
  /** Requests that ended as success or because somebody waited too long, and the sum of their time: what growth is read from. */
  readonly waited: Float64Array;
  readonly waitedUs: Float64Array;
  /** Successes per batch and bucket, batch after batch. */
  readonly counts: Uint32Array;
  /** `bucket` is that of the latency, for who knows it already. */
  record(dueUs: number, latencyUs: number, ending: "ok" | "timeout" | "other", bucket?: number): void;
}

export function createBatches(durationUs: number): Batches {
  const column = (): Float64Array => new Float64Array(BATCHES);
  const batches = { total: column(), ok: column(), okUs: column(), waited: column(), waitedUs: column() };
  const counts = new Uint32Array(BATCHES * BUCKETS);
  const add = (to: Float64Array, batch: number, amount: number): void => {
    to[batch] = (to[batch] as number) + amount;
  };
  return {
    ...batches,
    counts,
    record(dueUs, latencyUs, ending, bucket = bucketOf(latencyUs)) {
      const batch = Math.min(BATCHES - 1, Math.max(0, Math.floor((dueUs / durationUs) * BATCHES)));
      add(batches.total, batch, 1);
      if (ending === "other") return;
      add(batches.waited, batch, 1);
      add(batches.waitedUs, batch, latencyUs);
      if (ending !== "ok") return;
      add(batches.ok, batch, 1);
      add(batches.okUs, batch, latencyUs);
      const at = batch * BUCKETS + bucket;
      counts[at] = (counts[at] as number) + 1;
    },
  };
}
