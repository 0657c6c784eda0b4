/** Distributions of durations in a scenario: one schema each; sampling and the exact mean follow from it. */
import { z } from "zod";
import type { Plugin } from "./plugin.ts";
import type { Rng } from "./rng.ts";
import { duration, type Millis, positiveDuration, share } from "./units.ts";

export interface Distribution {
  /** Exact, in closed form. */
  readonly mean: Millis;
  sample(rng: Rng): Millis;
}

const MAX_SIGMA = 10;

const constant = z.strictObject({ type: z.literal("constant"), value: positiveDuration });

const uniform = z
  .strictObject({ type: z.literal("uniform"), min: duration, max: positiveDuration })
  .refine(({ min, max }) => min <= max, { path: ["min"], error: "min is above max" });

const exponential = z.strictObject({
  type: z.literal("exponential"),
  mean: positiveDuration.describe("before the cut"),
  max: positiveDuration.optional().describe("what is longer counts as this; default no limit"),
});

const lognormal = z.strictObject({
  type: z.literal("lognormal"),
  median: positiveDuration,
  sigma: z.number().min(0).max(MAX_SIGMA).describe("standard deviation of the logarithm"),
});

const pareto = z
  .strictObject({
    type: z.literal("pareto"),
    min: positiveDuration,
    alpha: z.number().positive().describe("tail index: the smaller, the heavier the tail"),
    max: positiveDuration.describe("the tail is cut off here"),
  })
  .refine(({ min, max }) => min <= max, { path: ["min"], error: "min is above max" });

const bimodal = z.strictObject({
  type: z.literal("bimodal"),
  share: share.describe("share of high"),
  get low(): z.ZodType<DistributionSpec, DistributionInput> {
    return distributionSchema;
  },
  get high(): z.ZodType<DistributionSpec, DistributionInput> {
    return distributionSchema;
  },
});

const sum = z.strictObject({
  type: z.literal("sum"),
  get of(): z.ZodType<DistributionSpec[], DistributionInput[]> {
    return z.array(distributionSchema).min(1).describe("drawn one by one and added");
  },
});

const empirical = z.strictObject({
  type: z.literal("empirical"),
  quantiles: z
    .array(z.tuple([z.number().min(0).max(1), duration]))
    .min(2, { abort: true })
    .superRefine((quantiles, context) => {
      const message = quantileProblem(quantiles);
      if (message !== null) context.addIssue({ code: "custom", message });
    })
    .describe("[p, value] with p rising from 0 to 1; linear in between"),
});

type Quantiles = readonly (readonly [p: number, value: Millis])[];

function quantileProblem(quantiles: Quantiles): string | null {
  const first = quantiles[0]!;
  const last = quantiles.at(-1)!;
  if (first[0] !== 0 || last[0] !== 1)
    return `quantiles must go from p = 0 to p = 1, got ${first[0]} to ${last[0]}`;
  for (let at = 1; at < quantiles.length; at++) {
    const [p, value] = quantiles[at]!;
    const [before, below] = quantiles[at - 1]!;
    if (p <= before) return `quantiles must rise: p = ${p} comes after ${before}`;
    if (value < below) return `quantiles must not fall: at p = ${p} the value is below the one at ${before}`;
  }
  return last[1] > 0 ? null : "the largest value must be longer than 0";
}

type Leaf =
  | typeof constant
  | typeof uniform
  | typeof exponential
  | typeof lognormal
  | typeof pareto
  | typeof empirical;
/** A validated distribution, durations in milliseconds; its mean is above 0. */
export type DistributionSpec =
  | z.output<Leaf>
  | {
      readonly type: "bimodal";
      readonly share: number;
      readonly low: DistributionSpec;
      readonly high: DistributionSpec;
    }
  | { readonly type: "sum"; readonly of: readonly DistributionSpec[] };
/** A distribution as a scenario writes it. */
export type DistributionInput =
  | z.input<Leaf>
  | { type: "bimodal"; share: number | string; low: DistributionInput; high: DistributionInput }
  | { type: "sum"; of: DistributionInput[] };

export const distributionSchema: z.ZodType<DistributionSpec, DistributionInput> = z
  .lazy(() =>
    z.discriminatedUnion("type", [
      constant,
      uniform,
      exponential,
      lognormal,
      pareto,
      bimodal,
      sum,
      empirical,
    ]),
  )
  .meta({ id: "distribution" });

export const distributions: readonly Plugin[] = [
  { name: "constant", summary: "Always the same value.", schema: constant },
  { name: "uniform", summary: "Any value between min and max alike.", schema: uniform },
  { name: "exponential", summary: "Memoryless: the service times of queueing theory.", schema: exponential },
  {
    name: "lognormal",
    summary: "Most values near the median, a moderate tail: typical web handlers.",
    schema: lognormal,
  },
  { name: "pareto", summary: "A heavy tail, cut off at max.", schema: pareto },
  {
    name: "bimodal",
    summary: "Two kinds of request: a share comes from high, the rest from low.",
    schema: bimodal,
  },
  {
    name: "sum",
    summary: "Parts of one request after each other, such as computing and waiting.",
    schema: sum,
  },
  { name: "empirical", summary: "Measured quantiles, linear in between.", schema: empirical },
];

/** The sampler of a validated distribution. */
export function createDistribution(spec: DistributionSpec): Distribution {
  switch (spec.type) {
    case "constant":
      return { mean: spec.value, sample: () => spec.value };
    case "uniform":
      return {
        mean: (spec.min + spec.max) / 2,
        sample: (rng) => spec.min + (spec.max - spec.min) * rng.next(),
      };
    case "exponential":
      return createExponential(spec.mean, spec.max);
    case "lognormal":
      return {
        mean: spec.median * Math.exp(spec.sigma ** 2 / 2),
        sample: (rng) => spec.median * Math.exp(spec.sigma * standardNormal(rng)),
      };
    case "pareto":
      return createPareto(spec.min, spec.alpha, spec.max);
    case "bimodal": {
      const low = createDistribution(spec.low);
      const high = createDistribution(spec.high);
      return {
        mean: low.mean + spec.share * (high.mean - low.mean),
        sample: (rng) => (rng.next() < spec.share ? high : low).sample(rng),
      };
    }
    case "sum": {
      const parts = spec.of.map(createDistribution);
      return {
        mean: parts.reduce((total, part) => total + part.mean, 0),
        sample: (rng) => parts.reduce((total, part) => total + part.sample(rng), 0),
      };
    }
    case "empirical":
      return createEmpirical(spec.quantiles);
  }
}

function createExponential(mean: Millis, max: Millis | undefined): Distribution {
  const sample = (rng: Rng): Millis => -mean * Math.log1p(-rng.next());
  if (max === undefined) return { mean, sample };
  return { mean: -mean * Math.expm1(-max / mean), sample: (rng) => Math.min(max, sample(rng)) };
}

/** Box and Muller (1958). */
function standardNormal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log1p(-rng.next())) * Math.cos(2 * Math.PI * rng.next());
}

/**
 * Bounded Pareto by inversion: F(x) = (1 - (min/x)^alpha) / (1 - (min/max)^alpha). With g = ln(max/min) its mean is
 * min alpha/(alpha - 1) (1 - e^((1 - alpha) g)) / (1 - e^(-alpha g)), and min g / (1 - e^-g) at alpha = 1.
 */
function createPareto(min: Millis, alpha: number, max: Millis): Distribution {
  if (min === max) return { mean: min, sample: () => min };
  const g = Math.log(max / min);
  const cut = Math.expm1(-alpha * g);
  const numerator = alpha === 1 ? g : (alpha * -Math.expm1((1 - alpha) * g)) / (alpha - 1);
  return {
    mean: (min * numerator) / -cut,
    sample: (rng) => min * Math.exp(-Math.log1p(rng.next() * cut) / alpha),
  };
}

function createEmpirical(quantiles: Quantiles): Distribution {
  let mean = 0;
  for (let at = 1; at < quantiles.length; at++) {
    const [p, value] = quantiles[at]!;
    const [before, below] = quantiles[at - 1]!;
    mean += ((p - before) * (value + below)) / 2;
  }
  const sample = (rng: Rng): Millis => {
    const u = rng.next();
    let at = 1;
    while (quantiles[at]![0] < u) at++;
    const [p, value] = quantiles[at]!;
    const [before, below] = quantiles[at - 1]!;
    return below + ((value - below) * (u - before)) / (p - before);
  };
  return { mean, sample };
}
