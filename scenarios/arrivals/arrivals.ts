import type { Rng } from "#kernel/rng.ts";
import type { Millis } from "#kernel/units.ts";
import { flat, type RateCurve } from "./curve.ts";
import type { Course } from "./process.ts";
import { type ArrivalsSpec, arrivals } from "./registry.ts";

/** The scenario around an arrival process. */
export interface Setting {
  /** The backends' true capacity per second: what a `load` of 1 means. */
  readonly capacity: number;
  readonly windowMs: Millis;
}

/** The offered rate over the window; throws RangeError when it is not a rate. */
export function offeredRate(spec: ArrivalsSpec, setting: Setting): RateCurve {
  return courseOf(spec, setting).rate;
}

/** Requests per second on average over the window. */
export function meanRate({ lowest, peak, expected }: RateCurve, windowMs: Millis): number {
  return lowest === peak ? peak : (expected(windowMs) * 1_000) / windowMs;
}

/**
 * Due times from 0 on, never decreasing, without end unless a trace has one; pure: the same seed gives the same instants. Poisson
 * arrivals are those of rate 1 with their time changed by the inverse of the cumulative rate (Çinlar 1975, 4.7).
 */
export function createArrivals(
  spec: ArrivalsSpec,
  setting: Setting,
  rng: Rng,
  phase: "window" | "warmup" = "window",
): Iterable<Millis> {
  const { rate, spacing, warmup } = courseOf(spec, setting);
  const curve = phase === "window" ? rate : (warmup ?? flat(rate.at(0)));
  // By hand and with one result for all: a generator costs as much as a tenth of a simulated request.
  const instant = { done: false as const, value: 0 };
  const at = { count: 0, ms: 0 };
  const next = (): IteratorResult<Millis, undefined> => {
    // 1 - u lies in (0, 1], so the logarithm is finite.
    if (spacing === "poisson") at.count -= Math.log(1 - rng.next());
    at.ms = Math.max(at.ms, curve.reach(at.count));
    if (at.ms === Number.POSITIVE_INFINITY) return { done: true, value: undefined };
    if (spacing === "constant") at.count += 1;
    instant.value = at.ms;
    return instant;
  };
  return { [Symbol.iterator]: () => ({ next }) };
}

function courseOf(spec: ArrivalsSpec, { capacity, windowMs }: Setting): Course {
  const process = arrivals.find((candidate) => candidate.name === spec.type);
  if (process === undefined) throw new RangeError(`unknown arrivals "${spec.type}"`);
  return process.course(spec as never, {
    windowMs,
    perSecond({ rate, load }) {
      const perSecond = rate ?? (load ?? Number.NaN) * capacity;
      if (!(perSecond > 0 && Number.isFinite(perSecond)))
        throw new RangeError(`arrival rate ${perSecond} per second`);
      return perSecond;
    },
  });
}
