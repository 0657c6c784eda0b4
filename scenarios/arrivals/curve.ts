import type { Millis } from "#kernel/units.ts";

/** The offered rate over time, from the start of the window (0) on. */
export interface RateCurve {
  /** Requests per second at an instant. */
  at(ms: Millis): number;
  /** Requests from 0 to an instant: the integral of the rate. */
  expected(ms: Millis): number;
  /** When so many requests are expected, the inverse of `expected`; infinity when never. */
  reach(count: number): Millis;
  /** Requests per second within the window: the least and the most. Equal when the rate does not change. */
  readonly lowest: number;
  readonly peak: number;
}

/** The same rate for good. */
export function flat(perSecond: number): RateCurve {
  return {
    at: () => perSecond,
    expected: (ms) => (perSecond * ms) / 1_000,
    reach: (count) => (count * 1_000) / perSecond,
    lowest: perSecond,
    peak: perSecond,
  };
}

/** A part of a curve: the rate goes in a straight line; requests per second. */
export interface Stretch {
  /** Above 0. */
  readonly forMs: Millis;
  readonly from: number;
  readonly to: number;
}

interface Placed extends Stretch {
  readonly startMs: Millis;
  /** Requests expected before it. */
  readonly before: number;
}

/** Stretches one after the other, at least one; the rate that the last one ends with stays for good. */
export function stretches(parts: readonly Stretch[], windowMs: Millis): RateCurve {
  const placed: Placed[] = [];
  let startMs = 0;
  let before = 0;
  const last = parts.at(-1) as Stretch;
  for (const part of [...parts, { forMs: Number.POSITIVE_INFINITY, from: last.to, to: last.to }]) {
    placed.push({ ...part, startMs, before });
    startMs += part.forMs;
    before += (part.forMs * (part.from + part.to)) / 2_000;
  }
  const lastWhere = (holds: (part: Placed) => boolean): Placed => placed.findLast(holds) ?? placed[0]!;
  const at = (ms: Millis): number => {
    const part = lastWhere((each) => each.startMs <= ms);
    return part.from + slopeOf(part) * (ms - part.startMs);
  };
  const extremes = placed
    .filter((part) => part.startMs < windowMs)
    .flatMap((part) => [part.from, endRate(part, windowMs)]);
  return {
    at,
    expected(ms) {
      const part = lastWhere((each) => each.startMs <= ms);
      const inside = ms - part.startMs;
      return part.before + (inside * (part.from + (slopeOf(part) * inside) / 2)) / 1_000;
    },
    reach(count) {
      const part = lastWhere((each) => each.before <= count);
      // Root of (slope / 2) t^2 + from t = wanted in the form that does not cancel where the slope is small or negative.
      const wanted = (count - part.before) * 1_000;
      const root = Math.sqrt(Math.max(0, part.from ** 2 + 2 * slopeOf(part) * wanted));
      return part.startMs + (2 * wanted) / (part.from + root);
    },
    lowest: Math.min(...extremes),
    peak: Math.max(...extremes),
  };
}

/** Requests per second and per millisecond. */
const slopeOf = ({ from, to, forMs }: Stretch): number => (to - from) / forMs;

const endRate = (part: Placed, windowMs: Millis): number =>
  part.startMs + part.forMs <= windowMs ? part.to : part.from + slopeOf(part) * (windowMs - part.startMs);
