import type { Rng } from "#kernel/rng.ts";
import type { BackendIndex } from "./algorithm.ts";

/** Backends in numbered buckets, each in one at most; every change and every draw is O(1). */
export interface Buckets {
  /** Number of the backend's bucket, -1 when it is in none. */
  of(backend: BackendIndex): number;
  /** Puts a backend that is in none. */
  put(backend: BackendIndex, bucket: number): void;
  /** Takes a backend out of its bucket. */
  take(backend: BackendIndex): void;
  sizeOf(bucket: number): number;
  /** One of the bucket, uniformly; it must not be empty. */
  draw(bucket: number, rng: Rng): BackendIndex;
  /** `count` different ones of the bucket, or all when there are fewer. */
  drawSome(bucket: number, count: number, rng: Rng): readonly BackendIndex[];
}

export function createBuckets(size: number): Buckets {
  const buckets: BackendIndex[][] = [];
  const home = new Int32Array(size).fill(-1);
  /** In its bucket. */
  const position = new Int32Array(size);

  const move = (backend: BackendIndex, within: BackendIndex[], to: number): void => {
    within[to] = backend;
    position[backend] = to;
  };
  return {
    of: (backend) => home[backend]!,
    put(backend, bucket) {
      while (buckets.length <= bucket) buckets.push([]);
      home[backend] = bucket;
      position[backend] = buckets[bucket]!.push(backend) - 1;
    },
    take(backend) {
      const bucket = buckets[home[backend]!]!;
      home[backend] = -1;
      // The last one takes its place.
      const last = bucket.pop()!;
      if (last !== backend) move(last, bucket, position[backend]!);
    },
    sizeOf: (bucket) => buckets[bucket]?.length ?? 0,
    draw(bucket, rng) {
      const from = buckets[bucket]!;
      return from[rng.int(from.length)]!;
    },
    drawSome(bucket, count, rng) {
      const from = buckets[bucket] ?? [];
      const drawn = Math.min(count, from.length);
      for (let at = 0; at < drawn; at++) {
        const other = at + rng.int(from.length - at);
        const [first, second] = [from[at]!, from[other]!];
        move(second, from, at);
        move(first, from, other);
      }
      return from.slice(0, drawn);
    },
  };
}
