import type { Rng } from "#kernel/rng.ts";
import type { BackendIndex } from "./algorithm.ts";
import { createBuckets } from "./buckets.ts";
import { createIndexedHeap } from "./indexed-heap.ts";

/** Backends sorted into buckets by equal cost; a change costs O(log of the different costs), a draw of a cheapest O(1). */
export interface CostBuckets {
  /** Number of backends in it. */
  readonly members: number;
  has(backend: BackendIndex): boolean;
  /** Puts the backend in, or moves it to its new cost. */
  set(backend: BackendIndex, cost: number): void;
  remove(backend: BackendIndex): void;
  /** One of those with the least cost, uniformly; there has to be a member. */
  drawCheapest(rng: Rng): BackendIndex;
}

/** A heap of the costs that occur, each with a bucket: a heap of the backends themselves could not draw uniformly among equals. */
export function createCostBuckets(size: number): CostBuckets {
  const order = createIndexedHeap(size);
  const buckets = createBuckets(size);
  const numbers = new Map<number, number>();
  const costs = new Float64Array(size);
  const unused: number[] = [];
  let opened = 0;
  let members = 0;

  const open = (cost: number): number => {
    const bucket = unused.pop() ?? opened++;
    costs[bucket] = cost;
    numbers.set(cost, bucket);
    order.set(bucket, cost);
    return bucket;
  };
  const leave = (backend: BackendIndex): void => {
    const bucket = buckets.of(backend);
    buckets.take(backend);
    if (buckets.sizeOf(bucket) > 0) return;
    order.remove(bucket);
    numbers.delete(costs[bucket]!);
    unused.push(bucket);
  };
  const has = (backend: BackendIndex): boolean => buckets.of(backend) !== -1;

  return {
    get members() {
      return members;
    },
    has,
    set(backend, cost) {
      if (!has(backend)) members++;
      else if (costs[buckets.of(backend)] === cost) return;
      else leave(backend);
      buckets.put(backend, numbers.get(cost) ?? open(cost));
    },
    remove(backend) {
      if (!has(backend)) return;
      leave(backend);
      members--;
    },
    drawCheapest: (rng) => buckets.draw(order.least(), rng),
  };
}
