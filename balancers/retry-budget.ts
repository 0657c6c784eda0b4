import type { Millis } from "#kernel/units.ts";

/** Retries may be `ratio` of the requests of the last `windowMs`, and `minPerSecond` beside that. */
export interface RetryBudgetRule {
  readonly ratio: number;
  readonly minPerSecond: number;
}

/**
 * Keeps retries from multiplying an overload. The rule is Finagle's RetryBudget (util/RetryBudget.scala: 20 %, 10 per second, 10 s);
 * gRPC's throttling (proposal A6) has the same purpose.
 */
export interface RetryBudget {
  /** A request arrived. */
  deposit(now: Millis): void;
  /** True when a retry is allowed; it is then spent. */
  withdraw(now: Millis): boolean;
}

const WINDOW_SECONDS = 10;

export function createRetryBudget(rule: RetryBudgetRule | null): RetryBudget {
  if (rule === null) return { deposit: () => undefined, withdraw: () => true };
  const requests = new Float64Array(WINDOW_SECONDS);
  const retries = new Float64Array(WINDOW_SECONDS);
  let second = Number.NEGATIVE_INFINITY;
  const slotAt = (now: Millis): number => {
    const current = Math.floor(now / 1_000);
    for (let step = Math.max(second + 1, current - WINDOW_SECONDS + 1); step <= current; step++) {
      requests[slotOf(step)] = 0;
      retries[slotOf(step)] = 0;
    }
    second = Math.max(second, current);
    return slotOf(second);
  };
  return {
    deposit(now) {
      requests[slotAt(now)]! += 1;
    },
    withdraw(now) {
      const slot = slotAt(now);
      const allowed = rule.minPerSecond * WINDOW_SECONDS + rule.ratio * sum(requests);
      if (sum(retries) + 1 > allowed) return false;
      retries[slot]! += 1;
      return true;
    },
  };
}

function slotOf(second: number): number {
  return ((second % WINDOW_SECONDS) + WINDOW_SECONDS) % WINDOW_SECONDS;
}

function sum(column: Float64Array): number {
  return column.reduce((total, value) => total + value, 0);
}
