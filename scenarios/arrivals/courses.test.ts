/** Rates that change: the timetable follows their integral. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { chiSquareP } from "#kernel/statistics.ts";
import { createArrivals, meanRate, offeredRate } from "./arrivals.ts";
import { type ArrivalsSpec, arrivalsSchema } from "./registry.ts";

const WINDOW = 20_000;
const around = (windowMs = WINDOW) => ({ capacity: 1_000, windowMs });

const COURSES = {
  "a rising ramp": { type: "ramp", from: { rate: 100 }, to: { rate: 1_500 } },
  "a falling ramp that ends early": { type: "ramp", from: { load: 1.2 }, to: { load: "20%" }, over: "12s" },
  steps: {
    type: "steps",
    levels: [
      { for: "5s", load: 0.3 },
      { for: "2500ms", rate: 2_000 },
      { for: "1s", load: 0.5 },
    ],
  },
  spike: { type: "spike", base: { load: 0.4 }, peak: { load: 3 }, at: "8s", for: "2s" },
  "a spike at once": { type: "spike", base: { rate: 200 }, peak: { rate: 900 }, at: "0s", for: "500ms" },
  sine: { type: "sine", mean: { rate: 600 }, amplitude: { rate: 500 }, period: "7s" },
  "a sine that touches 0": { type: "sine", mean: { load: 0.5 }, amplitude: { load: 0.5 }, period: "3s" },
};
const parse = (input: object, process: "poisson" | "constant" = "poisson"): ArrivalsSpec =>
  arrivalsSchema.parse({ ...input, process });

function instants(spec: ArrivalsSpec, seed: number, windowMs = WINDOW): number[] {
  const found: number[] = [];
  for (const at of createArrivals(spec, around(windowMs), createRng(seed))) {
    if (at >= windowMs) break;
    found.push(at);
  }
  return found;
}

/** By the midpoint rule over each millisecond (rates jump between two only), from nothing but the rate of the moment. */
function integral(at: (ms: number) => number, fromMs: number, toMs: number): number {
  let sum = 0;
  for (let ms = fromMs; ms < toMs; ms++) sum += at(ms + 0.5);
  return sum / 1_000;
}

for (const [name, input] of Object.entries(COURSES)) {
  const rate = offeredRate(parse(input), around());

  test(`${name}: requests expected are the integral of the rate, and reach is its inverse`, () => {
    for (let ms = 0; ms < 30_000; ms += 1_500)
      assert.ok(
        Math.abs(rate.expected(ms + 1_500) - rate.expected(ms) - integral(rate.at, ms, ms + 1_500)) < 0.5,
        `from ${ms}`,
      );
    fc.assert(
      fc.property(fc.double({ min: 0, max: 25_000, noNaN: true }), (ms) => {
        const count = rate.expected(ms);
        assert.ok(Math.abs(rate.expected(rate.reach(count)) - count) < 1e-6 * Math.max(1, count));
      }),
    );
    assert.equal(rate.expected(0), 0);
    assert.equal(rate.reach(0), 0);
  });

  test(`${name}: the least and the most are those of the window, and the mean lies between`, () => {
    const rates = Array.from({ length: 20_001 }, (_, ms) => rate.at((ms * WINDOW) / 20_000 - 1e-9));
    assert.ok(Math.abs(Math.max(...rates) / rate.peak - 1) < 1e-3, `peak ${rate.peak}`);
    assert.ok(Math.abs(Math.min(...rates) - rate.lowest) < 1e-3 * rate.peak, `lowest ${rate.lowest}`);
    const mean = meanRate(rate, WINDOW);
    assert.ok(Math.abs(mean - integral(rate.at, 0, WINDOW) / 20) < 0.05, `mean ${mean}`);
  });

  test(`${name}: Poisson counts of 40 parts of the window fit the integral (chi-square, 20 seeds)`, () => {
    const cells = 40;
    const edges = Array.from({ length: cells + 1 }, (_, i) => (i * WINDOW) / cells);
    const expected = edges.slice(1).map((to, i) => integral(rate.at, edges[i]!, to));
    const ps = Array.from({ length: 20 }, (_, seed) => {
      const counts = new Array<number>(cells).fill(0);
      const due = instants(parse(input), seed);
      for (const at of due) counts[Math.floor((at * cells) / WINDOW)]! += 1;
      // The total is random too: it lies within five deviations of what is expected.
      const total = expected.reduce((sum, each) => sum + each, 0);
      assert.ok(Math.abs(due.length - total) < 5 * Math.sqrt(total), `${due.length} of ${total}`);
      return chiSquareP(
        counts,
        expected.map((each) => (each * due.length) / total),
      );
    });
    // The smallest of 20 fair probabilities is below 1e-5 once in 5,000 sets of seeds; half of them lie below 0.5.
    assert.ok(Math.min(...ps) > 1e-5, `${Math.min(...ps)}`);
    const low = ps.filter((p) => p < 0.5).length;
    assert.ok(low >= 2 && low <= 18, `${low} of 20 below 0.5`);
  });

  test(`${name}: evenly spaced, there are as many by any instant as the integral says`, () => {
    const due = instants(parse(input, "constant"), 1);
    assert.equal(due[0], 0);
    for (const [i, at] of due.entries()) {
      const by = rate.expected(at);
      assert.ok(Math.abs(by - i) < 1e-5 * Math.max(1, i), `request ${i} is due when ${by} are expected`);
    }
    assert.ok(Math.abs(due.length - rate.expected(WINDOW)) <= 1);
  });

  test(`${name}: the seed alone decides, and due times never go back`, () => {
    const due = instants(parse(input), 7);
    assert.deepEqual(instants(parse(input), 7), due);
    assert.notDeepEqual(instants(parse(input), 8).slice(0, 5), due.slice(0, 5));
    assert.ok(due.every((at, i) => at >= (due[i - 1] ?? 0)));
  });

  test(`${name}: the warm-up has the rate of the window's start`, () => {
    const warm: number[] = [];
    for (const at of createArrivals(parse(input, "constant"), around(), createRng(1), "warmup")) {
      if (at >= 1_000) break;
      warm.push(at);
    }
    assert.ok(Math.abs(warm.length - rate.at(0)) <= 1, `${warm.length} in a second at ${rate.at(0)}/s`);
  });
}

test("a longer window does not change how anything with times of its own begins", () => {
  for (const [name, input] of Object.entries(COURSES)) {
    if (name === "a rising ramp") continue;
    const short = instants(parse(input), 3);
    assert.deepEqual(instants(parse(input), 3, 3 * WINDOW).slice(0, short.length), short, name);
  }
});

test("gaps of a Poisson course, measured in requests expected, are exponential (Kolmogorov-Smirnov)", () => {
  const input = COURSES.sine;
  const { expected } = offeredRate(parse(input), around());
  const gaps = instants(parse(input), 11)
    .map((at) => expected(at))
    .map((at, i, all) => at - (all[i - 1] ?? 0))
    .sort((a, b) => a - b);
  let distance = 0;
  for (const [i, gap] of gaps.entries()) {
    const fitting = 1 - Math.exp(-gap);
    distance = Math.max(distance, Math.abs((i + 1) / gaps.length - fitting), fitting - i / gaps.length);
  }
  // 2.6 / sqrt(n) is exceeded by chance about three times in a million.
  assert.ok(distance < 2.6 / Math.sqrt(gaps.length), `distance ${distance} of ${gaps.length}`);
});

test("a trace is played as recorded, from its first instant on, at its speed, and ends", () => {
  const times = [1_700_000_000.25, 1_700_000_000.5, 1_700_000_000.5, 1_700_000_003.25];
  const spec = (speed: number): ArrivalsSpec => arrivalsSchema.parse({ type: "trace", times, speed });
  const all = (speed: number, phase: "window" | "warmup") => [
    ...createArrivals(spec(speed), around(), createRng(1), phase),
  ];
  assert.deepEqual(all(1, "window"), [0, 250, 250, 3_000]);
  assert.deepEqual(all(2, "window"), [0, 125, 125, 1_500]);
  assert.deepEqual(all(1, "warmup"), all(1, "window"));
  const rate = offeredRate(spec(1), around(2_000));
  assert.deepEqual([rate.peak, rate.lowest, rate.at(0), meanRate(rate, 2_000)], [3, 0, 3, 1.5]);
});

test("what makes no sense is refused with the reason and its place", () => {
  const messages = (input: unknown) =>
    (arrivalsSchema.safeParse(input).error?.issues ?? []).map(
      ({ path, message }) => `${path.join(".")}: ${message}`,
    );
  const by = "rate (requests per second) or load (share of the capacity)";
  const level = { load: 0.5 };
  for (const [input, expected] of [
    [{ type: "ramp", from: {}, to: level }, `from: give ${by}`],
    [{ type: "ramp", from: level, to: { load: 1, rate: 1 } }, `to: give either ${by}, not both`],
    [{ type: "steps", levels: [{ for: "1s" }] }, `levels.0: give ${by}`],
    [{ type: "steps", levels: [{ for: "0s", load: 1 }] }, "levels.0.for: must be longer than 0"],
    [
      { type: "sine", mean: level, amplitude: { load: 0.6 }, period: "1s" },
      "amplitude: must not be above mean: a rate cannot be negative",
    ],
    [
      { type: "sine", mean: level, amplitude: { rate: 1 }, period: "1s" },
      "amplitude: give load, as mean does",
    ],
    [{ type: "trace" }, ": give file or times, one of them"],
    [{ type: "trace", times: [1, 3, 2] }, "times.2: the instants must not go back: 2 comes after 3"],
  ] as const)
    assert.deepEqual(messages(input), [expected]);
});
