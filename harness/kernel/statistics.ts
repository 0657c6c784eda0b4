/** The statistics that measuring and its tests use. */
import * as simple from "simple-statistics";
import type { Rng } from "./rng.ts";

type Values = readonly number[];

/** Throws when empty. */
export function mean(values: Values): number {
  return simple.mean(values as number[]);
}

/** Sample standard deviation (n - 1); throws with fewer than two values. */
export function standardDeviation(values: Values): number {
  return simple.sampleStandardDeviation(values as number[]);
}

/** Throws when empty. */
export function median(values: Values): number {
  return simple.median(values as number[]);
}

/** Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996), `p` in [0, 1]; throws when empty. */
export function quantile(values: Values, p: number): number {
  return simple.quantile(values as number[], p);
}

/** Slope of the least-squares line through (x, y); 0 for a single point, NaN for none. */
export function linearSlope(points: readonly (readonly [x: number, y: number])[]): number {
  return simple.linearRegression(points.map(([x, y]) => [x, y])).m;
}

/** Each weight over their sum. */
export function sharesOf(weights: Values): number[] {
  const total = simple.sum(weights as number[]);
  return weights.map((weight) => weight / total);
}

/** 1 when all values are equal, 1/n when one has everything (Jain, Chiu, Hawe 1984); NaN when all are 0. */
export function jainIndex(values: Values): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return (sum * sum) / (values.length * squares);
}

export interface BootstrapOptions<Batch> {
  /** In the order of time. */
  readonly batches: readonly Batch[];
  statistic(batches: readonly Batch[]): number;
  readonly rng: Rng;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Default 1000. */
  readonly resamples?: number;
  /** Default the cube root of the number of batches (Hall, Horowitz, Jing 1995). */
  readonly blockLength?: number;
}

/** Below this many batches a resample repeats the same few too often to mean anything. */
const FEWEST_BATCHES = 5;

/**
 * Percentile interval of a statistic by the circular block bootstrap (Politis and Romano 1992), which keeps the
 * dependence of neighbouring batches. Null with fewer than 5 batches or when a resample has no finite statistic.
 */
export function blockBootstrapInterval<Batch>(
  options: BootstrapOptions<Batch>,
): [low: number, high: number] | null {
  const { batches, statistic, rng, confidence = 0.95, resamples = 1_000 } = options;
  const count = batches.length;
  if (count < FEWEST_BATCHES) return null;
  const blockLength = Math.min(options.blockLength ?? Math.ceil(Math.cbrt(count)), count);
  const values: number[] = [];
  const resample: Batch[] = [];
  for (let round = 0; round < resamples; round++) {
    for (let at = 0, source = 0; at < count; at++) {
      source = at % blockLength === 0 ? rng.int(count) : (source + 1) % count;
      resample[at] = batches[source]!;
    }
    const value = statistic(resample);
    if (!Number.isFinite(value)) return null;
    values.push(value);
  }
  const tail = (1 - confidence) / 2;
  return [quantile(values, tail), quantile(values, 1 - tail)];
}

/**
 * Probability of a chi-square statistic at least as large when `observed` counts come from `expected` ones (Pearson
 * 1900); one degree of freedom less than cells.
 */
export function chiSquareP(observed: Values, expected: Values): number {
  if (observed.length !== expected.length || observed.length < 2) {
    throw new RangeError("chi-square needs the same cells observed and expected, two or more");
  }
  const statistic = simple.sum(
    observed.map((count, cell) => (count - expected[cell]!) ** 2 / expected[cell]!),
  );
  return chiSquareTail(statistic, observed.length - 1);
}

/** Upper tail by Q(k + 2) = Q(k) + (x/2)^(k/2) e^(-x/2) / Gamma(k/2 + 1): Abramowitz and Stegun 26.4.8. */
function chiSquareTail(x: number, degrees: number): number {
  if (x === 0) return 1;
  const half = x / 2;
  let at = degrees % 2 === 0 ? 2 : 1;
  let tail = at === 2 ? Math.exp(-half) : 1 - simple.errorFunction(Math.sqrt(half));
  let logTerm =
    at === 2 ? Math.log(half) - half : 0.5 * Math.log(half) - half - Math.log(Math.sqrt(Math.PI) / 2);
  while (at < degrees) {
    tail += Math.exp(logTerm);
    at += 2;
    logTerm += Math.log(half) - Math.log(at / 2);
  }
  return Math.min(tail, 1);
}

/**
 * Kendall's tau-b of two rankings of the same things (Kendall 1945): 1 in the same order, -1 in the opposite one, ties in
 * either taken out. NaN when one of them ties everything or there are fewer than two.
 */
export function kendallTau(a: Values, b: Values): number {
  if (a.length !== b.length) throw new RangeError("rankings are of the same things");
  let agreeing = 0;
  let untiedA = 0;
  let untiedB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [Math.sign(a[i]! - a[j]!), Math.sign(b[i]! - b[j]!)];
      agreeing += x * y;
      untiedA += x * x;
      untiedB += y * y;
    }
  }
  return agreeing / Math.sqrt(untiedA * untiedB);
}
