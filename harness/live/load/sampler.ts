import type { Rng } from "#kernel/rng.ts";

const STRATUM_US = 2_000;

/**
 * Integrates a quantity over time from samples: one at a random instant of every 2 ms from 0 on, so that a regular
 * timetable cannot beat against a regular sampling.
 */
export interface Sampler {
  /** Next instant at which `take` wants to be called, microseconds. */
  readonly nextUs: number;
  take(nowUs: number, value: number): void;
  /** Integral in value x microseconds. */
  readonly integral: number;
}

export function createSampler(rng: Rng): Sampler {
  let stratum = 0;
  let nextUs = rng.next() * STRATUM_US;
  let integral = 0;
  return {
    take(nowUs, value) {
      for (; nextUs <= nowUs; nextUs = (stratum + rng.next()) * STRATUM_US) {
        integral += value * STRATUM_US;
        stratum += 1;
      }
    },
    get nextUs() {
      return nextUs;
    },
    get integral() {
      return integral;
    },
  };
}
