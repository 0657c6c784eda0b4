import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import {
  createDistribution,
  type DistributionInput,
  distributionSchema,
  distributions,
} from "./distribution.ts";
import { createRng } from "./rng.ts";

const EXAMPLES: readonly { readonly input: DistributionInput; readonly mean: number; readonly sd: number }[] =
  [
    { input: { type: "constant", value: "20ms" }, mean: 20, sd: 0 },
    { input: { type: "uniform", min: "10ms", max: "30ms" }, mean: 20, sd: 20 / Math.sqrt(12) },
    { input: { type: "exponential", mean: "20ms" }, mean: 20, sd: 20 },
    {
      input: { type: "lognormal", median: "20ms", sigma: 0.5 },
      mean: 20 * Math.exp(0.125),
      sd: 20 * Math.exp(0.125) * Math.sqrt(Math.expm1(0.25)),
    },
    // Mean and second moment of the bounded Pareto, integrated by hand: x f(x) = 2 x^-2 / (1 - 1/100) on [1, 10].
    { input: { type: "pareto", min: "1ms", alpha: 2, max: "10ms" }, mean: (2 * 0.9) / 0.99, sd: 1.16 },
    // At alpha = 1: x f(x) = x^-1 / (1 - 1/10).
    { input: { type: "pareto", min: "1ms", alpha: 1, max: "10ms" }, mean: Math.log(10) / 0.9, sd: 1.87 },
    { input: { type: "pareto", min: "5ms", alpha: 1.5, max: "5ms" }, mean: 5, sd: 0 },
    {
      input: {
        type: "bimodal",
        share: "10%",
        low: { type: "constant", value: "10ms" },
        high: { type: "exponential", mean: "110ms" },
      },
      mean: 20,
      sd: Math.sqrt(0.9 * 100 + 0.1 * 2 * 110 ** 2 - 400),
    },
    // Cut at three means: m (1 - e^-3), and E[min(X, 3m)^2] = 2 m^2 (1 - 4 e^-3).
    {
      input: { type: "exponential", mean: "20ms", max: "60ms" },
      mean: 20 * (1 - Math.exp(-3)),
      sd: 20 * Math.sqrt(2 * (1 - 4 * Math.exp(-3)) - (1 - Math.exp(-3)) ** 2),
    },
    {
      input: {
        type: "sum",
        of: [
          { type: "constant", value: "5ms" },
          { type: "exponential", mean: "15ms" },
          { type: "uniform", min: "0ms", max: "20ms" },
        ],
      },
      mean: 30,
      sd: Math.hypot(15, 20 / Math.sqrt(12)),
    },
    {
      input: {
        type: "empirical",
        quantiles: [
          [0, "0ms"],
          [0.5, "10ms"],
          [0.9, "30ms"],
          [1, "100ms"],
        ],
      },
      mean: 0.5 * 5 + 0.4 * 20 + 0.1 * 65,
      sd: 20,
    },
  ];

for (const { input, mean, sd } of EXAMPLES) {
  test(`${JSON.stringify(input)} has its closed-form mean, and so have its samples`, () => {
    const distribution = createDistribution(distributionSchema.parse(input));
    assert.ok(Math.abs(distribution.mean - mean) < 1e-9 * mean, `${distribution.mean} is not ${mean}`);
    const rng = createRng(1);
    const count = 100_000;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += distribution.sample(rng.fork(k));
    assert.ok(
      Math.abs(sum / count - mean) <= (4 * sd) / Math.sqrt(count) + 1e-9,
      `sample mean ${sum / count}`,
    );
  });
}

/** F(x) of each, against the share of samples at or below x. */
const CUMULATIVE: readonly [DistributionInput, number, number][] = [
  [{ type: "exponential", mean: "20ms" }, 20, 1 - Math.exp(-1)],
  [{ type: "lognormal", median: "20ms", sigma: 1.5 }, 20, 0.5],
  [{ type: "lognormal", median: "20ms", sigma: 1 }, 20 * Math.E, 0.8413447],
  [{ type: "pareto", min: "1ms", alpha: 1.3, max: "100ms" }, 2, (1 - 2 ** -1.3) / (1 - 100 ** -1.3)],
  [{ type: "uniform", min: "10ms", max: "30ms" }, 12, 0.1],
  [
    {
      type: "empirical",
      quantiles: [
        [0, "1ms"],
        [0.99, "10ms"],
        [1, "1s"],
      ],
    },
    10,
    0.99,
  ],
];

for (const [input, at, expected] of CUMULATIVE) {
  test(`${JSON.stringify(input)} puts ${expected.toFixed(3)} of its samples at or below ${at.toFixed(1)} ms`, () => {
    const distribution = createDistribution(distributionSchema.parse(input));
    const rng = createRng("cumulative");
    const count = 50_000;
    let below = 0;
    for (let k = 0; k < count; k++) if (distribution.sample(rng) <= at) below++;
    assert.ok(
      Math.abs(below / count - expected) < 4 * Math.sqrt((expected * (1 - expected)) / count),
      `${below / count}`,
    );
  });
}

const ms = fc.integer({ min: 1, max: 100_000 });
const leaf: fc.Arbitrary<DistributionInput> = fc.oneof(
  ms.map((value) => ({ type: "constant" as const, value: `${value}us` })),
  fc
    .tuple(ms, ms)
    .map(([a, b]) => ({ type: "uniform" as const, min: `${Math.min(a, b)}us`, max: `${Math.max(a, b)}us` })),
  ms.map((mean) => ({ type: "exponential" as const, mean: `${mean}us` })),
  fc
    .tuple(ms, fc.double({ min: 0, max: 3, noNaN: true }))
    .map(([median, sigma]) => ({ type: "lognormal" as const, median: `${median}us`, sigma })),
  fc.tuple(ms, ms, fc.double({ min: 0.01, max: 20, noNaN: true })).map(([a, b, alpha]) => ({
    type: "pareto" as const,
    min: `${Math.min(a, b)}us`,
    alpha,
    max: `${Math.max(a, b)}us`,
  })),
);
const any = fc.oneof(
  leaf,
  fc
    .tuple(fc.double({ min: 0, max: 1, noNaN: true }), leaf, leaf)
    .map(([share, low, high]) => ({ type: "bimodal" as const, share, low, high })),
);

test("every distribution has a positive finite mean and samples that are finite and not negative", () => {
  fc.assert(
    fc.property(any, fc.integer(), (input, seed) => {
      const spec = distributionSchema.parse(input);
      const { mean, sample } = createDistribution(spec);
      assert.ok(mean > 0 && Number.isFinite(mean), `mean ${mean}`);
      const rng = createRng(seed);
      for (let k = 0; k < 20; k++) {
        const value = sample(rng);
        assert.ok(value >= 0 && Number.isFinite(value), `sample ${value}`);
        if (spec.type === "uniform" || spec.type === "pareto") {
          const slack = 1e-9 * spec.max;
          assert.ok(value >= spec.min - slack && value <= spec.max + slack);
          assert.ok(mean >= spec.min - slack && mean <= spec.max + slack);
        }
      }
    }),
  );
});

test("the mean of a bounded Pareto is continuous where alpha passes 1", () => {
  const at = (alpha: number) => createDistribution({ type: "pareto", min: 1, alpha, max: 1_000 }).mean;
  for (const step of [1e-6, 1e-9, 1e-12]) {
    assert.ok(Math.abs(at(1 + step) / at(1) - 1) < 1e-4);
    assert.ok(Math.abs(at(1 - step) / at(1) - 1) < 1e-4);
  }
});

const REFUSED: readonly [unknown, path: string, message: RegExp][] = [
  [{ type: "constant", value: 20 }, "value", /needs a unit: "20ms"/],
  [{ type: "constant", value: "0ms" }, "value", /longer than 0/],
  [{ type: "constant", value: "-5ms" }, "value", /cannot be negative/],
  [{ type: "uniform", min: "3ms", max: "1ms" }, "min", /min is above max/],
  [{ type: "exponential", mean: "20 parsecs" }, "mean", /expected a duration/],
  [{ type: "exponential" }, "mean", /expected a duration/],
  [{ type: "exponential", mean: "20ms", median: "3ms" }, "", /median/],
  [{ type: "lognormal", median: "20ms", sigma: -1 }, "sigma", />=0/],
  [{ type: "pareto", min: "1ms", alpha: 0, max: "9ms" }, "alpha", />0/],
  [{ type: "pareto", min: "9ms", alpha: 1, max: "1ms" }, "min", /min is above max/],
  [
    {
      type: "bimodal",
      share: 1.5,
      low: { type: "constant", value: "1ms" },
      high: { type: "constant", value: "2ms" },
    },
    "share",
    /from 0 to 1/,
  ],
  [
    {
      type: "bimodal",
      share: 0.5,
      low: { type: "constant", value: "1ms" },
      high: { type: "uniform", min: "2ms", max: "1ms" },
    },
    "high.min",
    /min is above max/,
  ],
  [{ type: "empirical", quantiles: [[0, "1ms"]] }, "quantiles", />=2/],
  [
    {
      type: "empirical",
      quantiles: [
        [0.1, "1ms"],
        [1, "2ms"],
      ],
    },
    "quantiles",
    /from p = 0 to p = 1/,
  ],
  [
    {
      type: "empirical",
      quantiles: [
        [0, "1ms"],
        [0.5, "2ms"],
        [0.5, "3ms"],
        [1, "4ms"],
      ],
    },
    "quantiles",
    /must rise/,
  ],
  [
    {
      type: "empirical",
      quantiles: [
        [0, "2ms"],
        [1, "1ms"],
      ],
    },
    "quantiles",
    /must not fall/,
  ],
  [
    {
      type: "empirical",
      quantiles: [
        [0, "0ms"],
        [1, "0ms"],
      ],
    },
    "quantiles",
    /longer than 0/,
  ],
  [{ type: "gaussian", mean: "1ms" }, "type", /exponential/],
];

for (const [input, path, message] of REFUSED) {
  test(`${JSON.stringify(input)} is refused at ${path || "the top"}`, () => {
    const issues = distributionSchema.safeParse(input).error?.issues ?? [];
    assert.equal(issues.length, 1, JSON.stringify(issues));
    assert.equal(issues[0]!.path.join("."), path);
    assert.match(issues[0]!.message, message);
  });
}

test("the schema converts to JSON Schema as it is written, with the recursion by reference", () => {
  const schema = z.toJSONSchema(z.strictObject({ service: distributionSchema }), { io: "input" });
  const text = JSON.stringify(schema);
  for (const { name } of distributions) assert.ok(text.includes(`"const":"${name}"`), name);
  assert.match(text, /"low":\{"\$ref":"#\/\$defs\/distribution"\}/);
});

test("the list of distributions is complete, each under its own name", () => {
  for (const { name, schema, summary } of distributions) {
    assert.ok(summary.endsWith("."));
    assert.ok(schema instanceof z.ZodObject && schema.shape.type instanceof z.ZodLiteral);
    assert.equal(schema.shape.type.value, name);
  }
  assert.deepEqual(
    new Set(EXAMPLES.map(({ input }) => input.type)),
    new Set(distributions.map(({ name }) => name)),
  );
});
