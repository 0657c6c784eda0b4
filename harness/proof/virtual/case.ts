/** One run of the simulator and what is expected of it. Unit of time: the mean service time, 10 ms. */

export interface Expectation {
  readonly statistic: "mean" | "p99";
  readonly theory: number;
  /** Error of `theory` itself: 0 for a formula. */
  readonly slack: number;
  readonly source: string;
}

/** One run of the simulator and what it should come to. */
export interface VirtualCase {
  readonly name: string;
  readonly title: string;
  readonly algorithm: string;
  readonly backends: number;
  readonly workers: number;
  readonly load: number;
  /** As a scenario has it; default exponential. */
  readonly service?: unknown;
  /** Thousands of requests of a full run. */
  readonly thousands: number;
  readonly expect: readonly Expectation[];
}

type Setting = Pick<VirtualCase, "algorithm" | "load"> & Partial<VirtualCase>;

export function caseOf(name: string, title: string, setting: Setting, ...expect: Expectation[]): VirtualCase {
  const { load, backends = 8, workers = 1 } = setting;
  return {
    thousands: 1_000,
    ...setting,
    name: `${name}-${load}${backends === 10 ? "-10" : ""}`,
    title: `${title}, load ${load}`,
    backends,
    workers,
    expect,
  };
}

/** Constant service. */
export const CONSTANT = { type: "constant", value: "10ms" };

/** Two exponential phases with balanced means: mean 10 ms and this squared coefficient of variation. */
export function hyperexponential(cs2: number): unknown {
  const rare = (1 - Math.sqrt((cs2 - 1) / (cs2 + 1))) / 2;
  const phase = (share: number): unknown => ({
    type: "exponential",
    mean: `${(10 / (2 * share)).toFixed(9)}ms`,
  });
  return { type: "bimodal", share: rare, low: phase(1 - rare), high: phase(rare) };
}

/** 5 ms or, for one in five, 30 ms: mean 10 ms, cs2 = 1 without being exponential. */
export const TWO_KINDS = {
  type: "bimodal",
  share: 0.2,
  low: { type: "constant", value: "5ms" },
  high: { type: "constant", value: "30ms" },
};
