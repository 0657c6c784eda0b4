import type { Rng } from "#kernel/rng.ts";
import type { Algorithm, BackendIndex } from "./algorithm.ts";
import { createBuckets } from "./buckets.ts";

/** The eligible backends sorted into buckets by what they have in flight; every change and every draw is O(1). */
export interface InFlightBuckets
  extends Required<Pick<Algorithm, "joined" | "left" | "started" | "finished">> {
  /** Number of eligible backends. */
  readonly members: number;
  /** The fewest requests in flight that an eligible backend has; 0 when there is none eligible. */
  readonly lowest: number;
  /** One of those with `lowest` requests in flight, uniformly; there has to be a member. */
  drawLowest(rng: Rng): BackendIndex;
}

/**
 * A start or an end moves a backend to the bucket beside its own, so the lowest bucket that is not empty is never searched
 * for. Only a backend that leaves can empty it with a gap above, and the search is then as long as the gap.
 */
export function createInFlightBuckets(size: number): InFlightBuckets {
  const inflight = new Int32Array(size);
  const buckets = createBuckets(size);
  let members = 0;
  let lowest = 0;

  const isMember = (backend: BackendIndex): boolean => buckets.of(backend) !== -1;
  const move = (backend: BackendIndex, change: 1 | -1): void => {
    inflight[backend]! += change;
    if (!isMember(backend)) return;
    buckets.take(backend);
    buckets.put(backend, inflight[backend]!);
    if (change === -1) lowest = Math.min(lowest, inflight[backend]!);
    else if (buckets.sizeOf(lowest) === 0) lowest++;
  };

  return {
    get members() {
      return members;
    },
    get lowest() {
      return lowest;
    },
    drawLowest: (rng) => buckets.draw(lowest, rng),
    joined(backend) {
      if (isMember(backend)) return;
      buckets.put(backend, inflight[backend]!);
      lowest = members === 0 ? inflight[backend]! : Math.min(lowest, inflight[backend]!);
      members++;
    },
    left(backend) {
      if (!isMember(backend)) return;
      buckets.take(backend);
      members--;
      if (members === 0) lowest = 0;
      else while (buckets.sizeOf(lowest) === 0) lowest++;
    },
    started: (backend) => move(backend, 1),
    finished: ({ backend }) => move(backend, -1),
  };
}
