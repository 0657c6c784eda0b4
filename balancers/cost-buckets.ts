import type { Rng } from "#kernel/rng.ts";
import type { BackendIndex } from "./algorithm.ts";
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
  const numbers = new Map<number, number>();
  const costs = new Float64Array(size);
  const buckets: BackendIndex[][] = [];
  const unused: number[] = [];
  /** Number of its bucket; -1 when the backend is not in. */
  const home = new Int32Array(size).fill(-1);
  const position = new Int32Array(size);
  let members = 0;

  const open = (cost: number): number => {
    const bucket = unused.pop() ?? buckets.push([]) - 1;
    costs[bucket] = cost;
    numbers.set(cost, bucket);
    order.set(bucket, cost);
    return bucket;
  };
  const enter = (backend: BackendIndex, cost: number): void => {
    const bucket = numbers.get(cost) ?? open(cost);
    home[backend] = bucket;
    position[backend] = buckets[bucket]!.push(backend) - 1;
  };
  const leave = (backend: BackendIndex): void => {
    const number = home[backend]!;
    const bucket = buckets[number]!;
    const last = bucket.pop()!;
    if (last !== backend) {
      bucket[position[backend]!] = last;
      position[last] = position[backend]!;
    }
    if (bucket.length > 0) return;
    order.remove(number);
    numbers.delete(costs[number]!);
    unused.push(number);
  };

  return {
    get members() {
      return members;
    },
    has: (backend) => home[backend] !== -1,
    set(backend, cost) {
      if (home[backend] === -1) members++;
      else if (costs[home[backend]!] === cost) return;
      else leave(backend);
      enter(backend, cost);
    },
    remove(backend) {
      if (home[backend] === -1) return;
      leave(backend);
      home[backend] = -1;
      members--;
    },
    drawCheapest(rng) {
      const cheapest = buckets[order.least()]!;
      return cheapest[rng.int(cheapest.length)]!;
    },
  };
}
