import type { Millis } from "#kernel/units.ts";
import type { DueHeap } from "../due-heap.ts";
import type { StationSpec } from "./spec.ts";

/** The database connections of a backend. */
export interface Pool {
  /** Calls back once, with whether it got one: at once, when one is given back, or when it has waited long enough. */
  take(now: Millis, isOver: () => boolean, then: (now: Millis, got: boolean) => void): void;
  give(now: Millis): void;
}

interface Waiter {
  readonly isOver: () => boolean;
  readonly then: (now: Millis, got: boolean) => void;
  isServed: boolean;
}

/** First come, first served. */
export function createPool(
  { pool, mode, waitTimeoutMs }: NonNullable<StationSpec["database"]>,
  timers: DueHeap,
): Pool {
  const queue: Waiter[] = [];
  let free = pool;
  return {
    take(now, isOver, then) {
      if (free > 0) {
        free -= 1;
        then(now, true);
        return;
      }
      if (mode === "fail-fast") {
        then(now, false);
        return;
      }
      const waiter: Waiter = { isOver, then, isServed: false };
      queue.push(waiter);
      timers.add(now + waitTimeoutMs, (at) => {
        if (waiter.isServed || isOver()) return;
        queue.splice(queue.indexOf(waiter), 1);
        then(at, false);
      });
    },
    give(now) {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (next.isOver()) continue;
        next.isServed = true;
        next.then(now, true);
        return;
      }
      free += 1;
    },
  };
}
