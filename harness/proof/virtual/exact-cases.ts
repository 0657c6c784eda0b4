/** Cases that have a formula, or a limit. */
import {
  centralQueueTime,
  exponentialQuantile,
  generalServiceTime,
  roundRobinTime,
  singleQueueTime,
  supermarketTime,
} from "../theory.ts";
import { CONSTANT, caseOf, type Expectation, hyperexponential, TWO_KINDS, type VirtualCase } from "./case.ts";

const exact = (statistic: "mean" | "p99", theory: number, source: string): Expectation => ({
  statistic,
  theory,
  slack: 0,
  source,
});
/** Mean and p99 of an exponential time in system. */
const exponential = (mean: number, source: string): readonly Expectation[] => [
  exact("mean", mean, source),
  exact("p99", exponentialQuantile(mean, 0.99), `${source}; -T ln(1 - p)`),
];

const singleQueues: readonly VirtualCase[] = [
  ...[0.5, 0.7, 0.8, 0.9].map((load) =>
    caseOf(
      "mm1",
      "M/M/1: random over 8",
      { algorithm: "random", load, thousands: load < 0.8 ? 2_000 : load < 0.9 ? 3_000 : 6_000 },
      ...exponential(singleQueueTime(load), "T = 1/(1 - rho)"),
    ),
  ),
  ...[0.5, 0.8].map((load) =>
    caseOf(
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
    caseOf(
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
  caseOf(
    `mmc-${workers}`,
    `M/M/c: one backend with ${workers} workers`,
    { algorithm: "round-robin", backends: 1, workers, load },
    exact("mean", centralQueueTime(workers, load), "Erlang C"),
  ),
);

const ERLANG = "sigma = (n rho/(n rho + 1 - sigma))^n, T = 1/(1 - sigma)";

const roundRobin: readonly VirtualCase[] = [
  ...[0.5, 0.7, 0.8, 0.9].map((load) =>
    caseOf(
      "round-robin",
      "GI/M/1: round-robin over 8",
      { algorithm: "round-robin", load, thousands: load < 0.9 ? 1_000 : 5_000 },
      ...exponential(roundRobinTime(8, load), ERLANG),
    ),
  ),
  caseOf(
    "round-robin",
    "GI/M/1: round-robin over 10",
    { algorithm: "round-robin", load: 0.8, backends: 10, thousands: 2_000 },
    ...exponential(roundRobinTime(10, 0.8), ERLANG),
  ),
  ...["weighted-round-robin", "earliest-deadline"].map((algorithm) =>
    caseOf(
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
    caseOf(
      `supermarket-${choices}`,
      `supermarket: shortest of ${choices} among 1,000`,
      { algorithm, load, backends: 1_000, thousands: 1_500 },
      exact("mean", supermarketTime(choices, load), "T = sum of rho^((d^i - d)/(d - 1))"),
    ),
  ),
);

export const EXACT_CASES: readonly VirtualCase[] = [
  ...singleQueues,
  ...centralQueues,
  ...roundRobin,
  ...supermarket,
];
