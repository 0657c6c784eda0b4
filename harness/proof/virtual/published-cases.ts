/** Cases without a formula: what an independent program of a few million jobs gave. */
import { CONSTANT, caseOf, type Expectation, hyperexponential, type VirtualCase } from "./case.ts";

/** From an independent program, to 1 % and to the digits that are printed. */
function published(statistic: "mean" | "p99", theory: number, digits: number): Expectation {
  const slack = 0.01 * theory + 0.5 * 10 ** -digits;
  return { statistic, theory, slack, source: "independent program, 1 %" };
}

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
    caseOf(
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
  caseOf(`finite-${algorithm}`, `${algorithm} over 8`, { algorithm, load: 0.8 }, published("mean", 1.46, 2)),
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
  caseOf(
    `shape-${shape}-${algorithm}`,
    `${algorithm} over 8, ${shape === "constant" ? "constant service" : "cs2 = 10"}`,
    { algorithm, load: 0.8, service, thousands: shape === "constant" ? 1_000 : 7_000 },
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
  caseOf(
    `workers-8-${algorithm}`,
    `${algorithm} over 4 with 8 workers each`,
    { algorithm, load: 0.8, backends: 4, workers: 8 },
    published("mean", time, digits),
  ),
);

export const PUBLISHED_CASES: readonly VirtualCase[] = [...finite, ...alike, ...shapes, ...concurrency];
