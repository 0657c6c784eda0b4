import { mean } from "#kernel/statistics.ts";
import type { Fullest } from "../occupancy.ts";
import { type Case, judge } from "../outcome.ts";

const ERRORS = 3;

export interface FullestCase {
  readonly id: string;
  readonly title: string;
  readonly theory: Fullest;
  /** What a bin holds when all hold the same, in balls; the case is judged as a multiple of it. */
  readonly even: number;
  readonly note: string;
}

/** Means of the fullest of independent trials, within three standard errors; theory knows those too. */
export function judgeFullest(
  { id, title, theory, even, note }: FullestCase,
  fullest: readonly number[],
): Case {
  const standardError = theory.deviation / even / Math.sqrt(fullest.length);
  return judge({
    id,
    title,
    unit: "max/mean",
    theory: theory.mean / even,
    measured: mean(fullest) / even,
    bound: ERRORS * standardError,
    standardError,
    note: `${note}; ${fullest.length} trials`,
  });
}
