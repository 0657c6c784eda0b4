/** Figures over repeats: a median that was measured, and an interval that needs no assumption about how they are spread. */

/** What a few samples say of the number behind them; infinity stands for never. */
export interface OverRepeats {
  /** With an even number of samples the higher of the two in the middle. */
  readonly median: number;
  /** Null for one sample. */
  readonly interval: readonly [number, number] | null;
  /** Probability that the interval holds the median behind the samples; null for one sample. */
  readonly confidence: number | null;
  readonly samples: number;
}

const WANTED = 0.95;

/**
 * The interval goes from the r-th lowest to the r-th highest sample: it misses the median when fewer than r samples lie on one side of it,
 * which has the probability 2 * P(B(n, 1/2) < r). The largest r that still gives 95 %, or lowest to highest where none does.
 * W. J. Conover, Practical Nonparametric Statistics, section 3.2.
 */
export function overRepeats(samples: readonly number[]): OverRepeats | null {
  const sorted = samples.toSorted((a, b) => a - b);
  const count = sorted.length;
  const median = sorted[Math.floor(count / 2)];
  if (median === undefined) return null;
  if (count === 1) return { median, interval: null, confidence: null, samples: 1 };
  let rank = 1;
  while (confidenceOf(count, rank + 1) >= WANTED) rank += 1;
  return {
    median,
    interval: [sorted[rank - 1] as number, sorted[count - rank] as number],
    confidence: confidenceOf(count, rank),
    samples: count,
  };
}

/** 1 - 2 * P(B(count, 1/2) < rank). */
function confidenceOf(count: number, rank: number): number {
  let term = 0.5 ** count;
  let below = 0;
  for (let i = 0; i < rank; i++) {
    below += term;
    term *= (count - i) / (i + 1);
  }
  return 1 - 2 * below;
}
