import { mean, standardDeviation } from "#kernel/statistics.ts";

/** A statistic over a run with its standard error. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
}

/** From independent or long batches, in any unit: the mean of their values and its standard error. Throws with fewer than two. */
export function estimateOf(batches: readonly number[]): Estimate {
  return { value: mean(batches), error: standardDeviation(batches) / Math.sqrt(batches.length) };
}

/** Values of a run in the order of time, cut into `count` batches of equal length. */
export function cut<T>(values: readonly T[], count: number): readonly (readonly T[])[] {
  return Array.from({ length: count }, (_, at) =>
    values.slice(Math.floor((at * values.length) / count), Math.floor(((at + 1) * values.length) / count)),
  );
}
