import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  createHistogram,
  decodeHistogram,
  type Histogram,
  percentileIsPrintable,
  percentileWithFailures,
} from "./histogram.ts";

/** Three significant digits: half a unit of the last of 2048 sub-buckets, and rounding to whole microseconds. */
const RESOLUTION = 1 / 1_000;

function of(values: readonly number[]): Histogram {
  const histogram = createHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function assertClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= expected * RESOLUTION + 0.5, `${actual} is not ${expected}`);
}

const durations = fc.array(fc.double({ min: 1, max: 120_000_000, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});

test("count, mean, max and every quantile agree with the sorted values to three digits", () => {
  fc.assert(
    fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
      const histogram = of(values);
      const sorted = [...values].sort((a, b) => a - b);
      assert.equal(histogram.count, values.length);
      assertClose(histogram.mean, values.reduce((sum, value) => sum + value, 0) / values.length);
      assertClose(histogram.max, sorted.at(-1)!);
      const rank = Math.max(Math.ceil(p * values.length - 1e-6), 1);
      assertClose(histogram.quantile(p), sorted[rank - 1]!);
    }),
  );
});

test("what is shorter than 1 us or longer than 120 s counts at the nearer end", () => {
  const histogram = of([-3, 0, 0.2, 121_000_000, Number.POSITIVE_INFINITY]);
  assert.equal(histogram.count, 5);
  assert.equal(histogram.quantile(0), 1);
  assertClose(histogram.max, 120_000_000);
  assertClose(histogram.quantile(1), 120_000_000);
  assert.throws(() => histogram.record(Number.NaN), RangeError);
});

test("an empty histogram has no mean, maximum or quantile", () => {
  const empty = createHistogram();
  assert.equal(empty.count, 0);
  assert.ok([empty.mean, empty.max, empty.quantile(0.5)].every(Number.isNaN));
});

test("adding is the same as recording into one", () => {
  fc.assert(
    fc.property(durations, durations, (left, right) => {
      const merged = of(left);
      const other = of(right);
      merged.add(other);
      const whole = of([...left, ...right]);
      assert.deepEqual(
        [merged.count, merged.mean, merged.quantile(0.5), merged.quantile(1)],
        [whole.count, whole.mean, whole.quantile(0.5), whole.quantile(1)],
      );
      assert.equal(other.count, right.length);
    }),
    { numRuns: 50 },
  );
});

test("encoding and decoding keeps counts and, to the resolution, quantiles, also of an empty one, and the copy can be added to", () => {
  fc.assert(
    fc.property(fc.oneof(durations, fc.constant([])), (values) => {
      const histogram = of(values);
      const copy = decodeHistogram(histogram.encode());
      assert.equal(copy.count, histogram.count);
      for (const p of [0, 0.1, 0.5, 0.99, 1]) {
        if (values.length > 0) assertClose(copy.quantile(p), histogram.quantile(p));
      }
      if (values.length > 0) assertClose(copy.max, histogram.max);
      copy.add(of([1, 120_000_000]));
      assert.equal(copy.count, values.length + 2);
    }),
    { numRuns: 50 },
  );
});

test("a text that is no histogram is refused", () => {
  for (const text of ["", "!", "AAAA", createHistogram().encode().slice(0, 20)])
    assert.throws(() => decodeHistogram(text));
});

test("a percentile is printable from ten requests beyond it on", () => {
  for (const [p, enough] of [
    [0.5, 20],
    [0.9, 100],
    [0.95, 200],
    [0.99, 1_000],
    [0.999, 10_000],
  ] as const) {
    assert.equal(percentileIsPrintable(p, enough), true, `p${p} of ${enough}`);
    assert.equal(percentileIsPrintable(p, enough - 1), false, `p${p} of ${enough - 1}`);
  }
  assert.equal(percentileIsPrintable(0.5, 0), false);
});

test("failures rank slower than any success: percentiles are those of the list with failures at its end", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1_000_000 }), { maxLength: 200 }),
      fc.nat(200),
      fc.constantFrom(0.5, 0.9, 0.95, 0.99),
      (values, failures, p) => {
        const ranked = [...values]
          .sort((a, b) => a - b)
          .concat(new Array<number>(failures).fill(Number.POSITIVE_INFINITY));
        const rank = Math.max(Math.ceil(p * ranked.length - 1e-6), 1);
        const actual = percentileWithFailures(of(values), failures, p);
        const expected = ranked[rank - 1];
        if (ranked.length - rank < 10 || expected === undefined || expected === Number.POSITIVE_INFINITY) {
          assert.equal(actual, null);
        } else {
          assert.notEqual(actual, null);
          assertClose(actual! * 1_000, expected);
        }
      },
    ),
  );
});

test("failing fast does not look fast: with 2 % failures p99 is not reached, p95 moves up", () => {
  const successes = of(Array.from({ length: 980 }, (_, at) => (at + 1) * 1_000));
  assert.equal(percentileWithFailures(successes, 20, 0.99), null);
  assertClose(percentileWithFailures(successes, 20, 0.95)!, 950);
  assertClose(percentileWithFailures(successes, 0, 0.95)!, 931);
  const thousand = Array.from({ length: 1_000 }, (_, at) => at + 1);
  assert.equal(percentileWithFailures(of(thousand.slice(0, 990)), 10, 0.99), 0.99);
  assert.equal(percentileWithFailures(of(thousand.slice(0, 989)), 11, 0.99), null);
  assert.equal(percentileWithFailures(createHistogram(), 0, 0.5), null);
  assert.equal(percentileWithFailures(createHistogram(), 1_000, 0.5), null);
});
