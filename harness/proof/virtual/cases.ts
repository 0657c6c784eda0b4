/** What the simulator is held against, as data. Unit of time: the mean service time, 10 ms. */
import {
  centralQueueTime,
  exponentialQuantile,
  generalServiceTime,
  roundRobinTime,
  singleQueueTime,
  supermarketTime,
} from "../theory.ts";

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

function of(name: string, title: string, setting: Setting, ...expect: Expectation[]): VirtualCase {
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

const exact = (statistic: "mean" | "p99", theory: number, source: string): Expectation => ({
  statistic,
  theory,
  slack: 0,
  source,
});
/** From an independent program, to 1 % and to the digits that are printed. */
function published(statistic: "mean" | "p99", theory: number, digits: number): Expectation {
  const slack = 0.01 * theory + 0.5 * 10 ** -digits;
  return { statistic, theory, slack, source: "independent program, 1 %" };
}

/** Mean and p99 of an exponential time in system. */
const exponential = (mean: number, source: string): readonly Expectation[] => [
  exact("mean", mean, source),
  exact("p99", exponentialQuantile(mean, 0.99), `${source}; -T ln(1 - p)`),
];

const CONSTANT = { type: "constant", value: "10ms" };

/** Two exponential phases with balanced means: mean 10 ms and this squared coefficient of variation. */
function hyperexponential(cs2: number): unknown {
  const rare = (1 - Math.sqrt((cs2 - 1) / (cs2 + 1))) / 2;
  const phase = (share: number): unknown => ({
    type: "exponential",
    mean: `${(10 / (2 * share)).toFixed(9)}ms`,
  });
  return { type: "bimodal", share: rare, low: phase(1 - rare), high: phase(rare) };
}

// 5 ms or, for one in five, 30 ms: mean 10 ms, cs2 = 1 without being exponential.
const TWO_KINDS = {
  type: "bimodal",
  share: 0.2,
  low: { type: "constant", value: "5ms" },
  high: { type: "constant", value: "30ms" },
};

const singleQueues: readonly VirtualCase[] = [
  ...[0.5, 0.7, 0.8, 0.9].map((load) =>
    of(
      "mm1",
      "M/M/1: random over 8",
      { algorithm: "random", load, thousands: load < 0.8 ? 2_000 : 3_000 },
      ...exponential(singleQueueTime(load), "T = 1/(1 - rho)"),
    ),
  ),
  ...[0.5, 0.8].map((load) =>
    of(
      "md1",
      "M/D/1: random over 8, constant service",
      { algorithm: "random", load, service: CONSTANT, thousands: 2_000 },
      exact("mean", generalServiceTime(load, 0), "T = 1 + rho/(2(1 - rho))"),
    ),
  ),
  ...(
    [
      [1, TWO_KINDS, 0.6],
      [4, hyperexponential(4), 0.8],
      [10, hyperexponential(10), 0.8],
    ] as const
  ).map(([cs2, service, load]) =>
    of(
      `mg1-cs2-${cs2}`,
      `M/G/1: random over 8, cs2 = ${cs2}`,
      { algorithm: "random", load, service, thousands: cs2 === 1 ? 1_000 : 4_000 },
      exact("mean", generalServiceTime(load, cs2), "T = 1 + rho(1 + cs2)/(2(1 - rho))"),
    ),
  ),
];

const centralQueues: readonly VirtualCase[] = (
  [
    [2, 0.8],
    [4, 0.8],
    [8, 0.8],
    [16, 0.8],
    [8, 0.9],
  ] as const
).map(([workers, load]) =>
  of(
    `mmc-${workers}`,
    `M/M/c: one backend with ${workers} workers`,
    { algorithm: "round-robin", backends: 1, workers, load },
    exact("mean", centralQueueTime(workers, load), "Erlang C"),
  ),
);

const ERLANG = "sigma = (n rho/(n rho + 1 - sigma))^n, T = 1/(1 - sigma)";

const roundRobin: readonly VirtualCase[] = [
  ...[0.5, 0.7, 0.8, 0.9].map((load) =>
    of(
      "round-robin",
      "GI/M/1: round-robin over 8",
      { algorithm: "round-robin", load, thousands: load < 0.9 ? 1_000 : 3_000 },
      ...exponential(roundRobinTime(8, load), ERLANG),
    ),
  ),
  of(
    "round-robin",
    "GI/M/1: round-robin over 10",
    { algorithm: "round-robin", load: 0.8, backends: 10 },
    ...exponential(roundRobinTime(10, 0.8), ERLANG),
  ),
  ...["weighted-round-robin", "earliest-deadline"].map((algorithm) =>
    of(
      algorithm,
      `GI/M/1: ${algorithm} over 8, equal weights`,
      { algorithm, load: 0.7 },
      exact("mean", roundRobinTime(8, 0.7), ERLANG),
    ),
  ),
];

const CHOICES = [
  [1, "random"],
  [2, "power-of-two-choices"],
  [3, "power-of-three-choices"],
  [5, "power-of-five-choices"],
] as const;

/** At 1,000 backends the limit is as good as reached: at 8 and load 0.9 T is 20 % above it, and the excess falls as 1/n. */
const supermarket: readonly VirtualCase[] = [0.5, 0.7, 0.9].flatMap((load) =>
  CHOICES.filter(([choices]) => choices > 1 === load > 0.5).map(([choices, algorithm]) =>
    of(
      `supermarket-${choices}`,
      `supermarket: shortest of ${choices} among 1,000`,
      { algorithm, load, backends: 1_000, thousands: 1_500 },
      exact("mean", supermarketTime(choices, load), "T = sum of rho^((d^i - d)/(d - 1))"),
    ),
  ),
);

const RULES = {
  P2C: "power-of-two-choices",
  "P2C with replacement": "power-of-two-choices-with-replacement",
  JIQ: "join-idle-queue",
  "least-connections": "least-connections",
} as const;

/** Mean and p99 of exponential service at 8 backends. */
const FINITE: Readonly<
  Record<keyof typeof RULES, Readonly<Record<string, readonly [mean: number, p99: number]>>>
> = {
  P2C: { 0.7: [1.7, 6.9], 0.8: [2.11, 8.2], 0.9: [3.12, 11.1] },
  "P2C with replacement": { 0.7: [1.78, 7.2], 0.8: [2.22, 8.5], 0.9: [3.25, 11.4] },
  JIQ: { 0.7: [1.27, 6.2], 0.8: [1.63, 8.2], 0.9: [2.75, 14.6] },
  "least-connections": { 0.7: [1.22, 5.5], 0.8: [1.46, 6.3], 0.9: [2.14, 8.8] },
};

const finite: readonly VirtualCase[] = Object.entries(FINITE).flatMap(([rule, values]) =>
  Object.entries(values).map(([load, [mean, p99]]) =>
    of(
      `finite-${RULES[rule as keyof typeof RULES]}`,
      `${rule} over 8`,
      {
        algorithm: RULES[rule as keyof typeof RULES],
        load: Number(load),
        thousands: Number(load) < 0.9 ? 1_000 : 2_000,
      },
      published("mean", mean, 2),
      published("p99", p99, 1),
    ),
  ),
);

/** With equal weights and speeds the weighted rules by load are least-connections. */
const alike: readonly VirtualCase[] = [
  "weighted-least-connections",
  "shortest-expected-delay",
  "never-queue",
].map((algorithm) =>
  of(`finite-${algorithm}`, `${algorithm} over 8`, { algorithm, load: 0.8 }, published("mean", 1.46, 2)),
);

/** Shape of service at 8 backends and load 0.8: mean, p99 and the digits that are printed. */
const SHAPES: readonly (readonly [
  shape: string,
  service: unknown,
  algorithm: string,
  mean: readonly [number, digits: number],
  p99: readonly [number, digits: number],
])[] = [
  ["constant", CONSTANT, "random", [2.99, 2], [11.4, 1]],
  ["constant", CONSTANT, "power-of-two-choices", [1.54, 2], [3.3, 1]],
  ["constant", CONSTANT, "least-connections", [1.23, 2], [2.4, 1]],
  ["constant", CONSTANT, "round-robin", [1.15, 2], [2.2, 1]],
  ["cs2-10", hyperexponential(10), "random", [22.8, 1], [133, 0]],
  ["cs2-10", hyperexponential(10), "round-robin", [21.3, 1], [132, 0]],
  ["cs2-10", hyperexponential(10), "power-of-two-choices", [5.42, 2], [47, 0]],
  ["cs2-10", hyperexponential(10), "least-connections", [2.84, 2], [34, 0]],
];

const shapes: readonly VirtualCase[] = SHAPES.map(([shape, service, algorithm, mean, p99]) =>
  of(
    `shape-${shape}-${algorithm}`,
    `${algorithm} over 8, ${shape === "constant" ? "constant service" : "cs2 = 10"}`,
    { algorithm, load: 0.8, service, thousands: shape === "constant" ? 1_000 : 4_000 },
    published("mean", ...mean),
    published("p99", ...p99),
  ),
);

/** Concurrency hides the rule: 4 backends with 8 workers each. */
const concurrency: readonly VirtualCase[] = (
  [
    ["random", 1.29, 2],
    ["round-robin", 1.135, 3],
    ["power-of-two-choices", 1.041, 3],
    ["least-connections", 1.028, 3],
  ] as const
).map(([algorithm, time, digits]) =>
  of(
    `workers-8-${algorithm}`,
    `${algorithm} over 4 with 8 workers each`,
    { algorithm, load: 0.8, backends: 4, workers: 8 },
    published("mean", time, digits),
  ),
);

export const VIRTUAL_CASES: readonly VirtualCase[] = [
  ...singleQueues,
  ...centralQueues,
  ...roundRobin,
  ...supermarket,
  ...finite,
  ...alike,
  ...shapes,
  ...concurrency,
];
