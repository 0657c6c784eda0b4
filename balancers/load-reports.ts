import type { Millis } from "#kernel/units.ts";
import type { Algorithm, BackendIndex, Outcome, Pool } from "./algorithm.ts";

/** What balancers hear of the backends' load: all of it, but late. */
export interface LoadReports {
  /** The same algorithm, which learns of starts and ends, its own and those of the others, with the next report. */
  attach(algorithm: Algorithm): Algorithm;
}

type News = BackendIndex | Outcome;

/**
 * Backends report to all balancers at once, every `everyMs`: between two reports nobody knows of a request in flight that was not in
 * the last one (Mitzenmacher 2000, "How useful is old information?", periodic updates). Membership is known at once. Pure.
 */
export function createLoadReports(everyMs: Millis, size: number): LoadReports {
  const reported = new Int32Array(size);
  const learners: Algorithm[] = [];
  let news: News[] = [];
  let nextMs = Number.NEGATIVE_INFINITY;

  const report = (now: Millis): void => {
    if (now < nextMs) return;
    nextMs = (Math.floor(now / everyMs) + 1) * everyMs;
    const told = news;
    news = [];
    for (const one of told) {
      const isStart = typeof one === "number";
      const backend = isStart ? one : one.backend;
      reported[backend] = (reported[backend] as number) + (isStart ? 1 : -1);
      for (const learner of learners) {
        if (isStart) learner.started?.(one, now);
        else learner.finished?.(one, now);
      }
    }
  };
  return {
    attach(algorithm) {
      learners.push(algorithm);
      let seen: Pool | null = null;
      let stale: Pool | null = null;
      const staleOf = (pool: Pool): Pool => {
        if (stale === null || seen !== pool) stale = { ...pool, inflight: reported };
        seen = pool;
        return stale;
      };
      return {
        ...algorithm,
        pick(request, pool, now) {
          report(now);
          return algorithm.pick(request, staleOf(pool), now);
        },
        started: (backend) => {
          news.push(backend);
        },
        finished: (outcome) => {
          news.push(outcome);
        },
      };
    },
  };
}
