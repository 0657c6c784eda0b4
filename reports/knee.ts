/** A point of a latency curve: what is swept, and a latency with its 95 % interval where it has one. */
export interface CurvePoint {
  readonly x: number;
  readonly ms: number;
  readonly interval: readonly [number, number] | null;
}

/** Where a curve bends. */
export interface Knee {
  readonly x: number;
  readonly ms: number;
  /** The value of the calm end of the curve, whose latency is doubled. */
  readonly from: number;
  /** Between these by the 95 % intervals of the points; null when they have none, an end null when it lies beyond the curve. */
  readonly range: readonly [number | null, number | null] | null;
}

/** In M/M/1 the knee by power (load over latency), Kleinrock 1979, is where latency is twice that of an idle server. */
const TIMES = 2;

/**
 * Where latency first reaches twice what it is at the calm end of the curve, between two points on a straight line of its logarithm; null when
 * it does not. The calm end is the one with the lower latency, so curves may rise (load) or fall (backends). A point of greatest
 * distance from a chord (Satopaa et al. 2011) is not used: it moves with the last point, and near saturation that is the noisiest of all and
 * depends on the length of the trial.
 */
export function kneeOf(points: readonly CurvePoint[]): Knee | null {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  const calmFirst = first.ms <= last.ms ? points : [...points].reverse();
  const calm = calmFirst[0]!;
  const x = reaching(calmFirst, ({ ms }) => ms, TIMES * calm.ms);
  return x === null ? null : { x, ms: TIMES * calm.ms, from: calm.x, range: rangeOf(calmFirst, calm) };
}

function rangeOf(points: readonly CurvePoint[], calm: CurvePoint): Knee["range"] {
  if (calm.interval === null || points.some(({ interval }) => interval === null)) return null;
  const [low, high] = calm.interval;
  const ends = [
    reaching(points, ({ interval }) => interval![1], TIMES * low),
    reaching(points, ({ interval }) => interval![0], TIMES * high),
  ];
  return points[0]!.x <= points.at(-1)!.x ? [ends[0]!, ends[1]!] : [ends[1]!, ends[0]!];
}

function reaching(
  points: readonly CurvePoint[],
  value: (point: CurvePoint) => number,
  limit: number,
): number | null {
  const at = points.findIndex((point) => value(point) >= limit);
  if (at === -1) return null;
  const [before, beyond] = [points[at - 1], points[at]!];
  if (before === undefined) return beyond.x;
  const part = Math.log(limit / value(before)) / Math.log(value(beyond) / value(before));
  return before.x + part * (beyond.x - before.x);
}
