import type { Rng } from "#kernel/rng.ts";
import type { Algorithm, BackendIndex } from "./algorithm.ts";

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
  const buckets: BackendIndex[][] = [[]];
  /** Position in its bucket; -1 when the backend is not eligible. */
  const position = new Int32Array(size).fill(-1);
  let members = 0;
  let lowest = 0;

  const insert = (backend: BackendIndex): void => {
    const count = inflight[backend]!;
    while (buckets.length <= count) buckets.push([]);
    position[backend] = buckets[count]!.push(backend) - 1;
  };
  const remove = (backend: BackendIndex): void => {
    const bucket = buckets[inflight[backend]!]!;
    const last = bucket.pop()!;
    if (last === backend) return;
    bucket[position[backend]!] = last;
    position[last] = position[backend]!;
  };
  const move = (backend: BackendIndex, change: 1 | -1): void => {
    const isMember = position[backend] !== -1;
    if (isMember) remove(backend);
    inflight[backend]! += change;
    if (!isMember) return;
    insert(backend);
    if (change === -1) lowest = Math.min(lowest, inflight[backend]!);
    else if (buckets[lowest]!.length === 0) lowest++;
  };

  return {
    get members() {
      return members;
    },
    get lowest() {
      return lowest;
    },
    drawLowest(rng) {
      const bucket = buckets[lowest]!;
      return bucket[rng.int(bucket.length)]!;
    },
    joined(backend) {
      if (position[backend] !== -1) return;
      insert(backend);
      lowest = members === 0 ? inflight[backend]! : Math.min(lowest, inflight[backend]!);
      members++;
    },
    left(backend) {
      if (position[backend] === -1) return;
      remove(backend);
      position[backend] = -1;
      members--;
      if (members === 0) lowest = 0;
      else while (buckets[lowest]!.length === 0) lowest++;
    },
    started: (backend) => move(backend, 1),
    finished: ({ backend }) => move(backend, -1),
  };
}
