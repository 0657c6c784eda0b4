import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type CurvePoint, kneeOf } from "./knee.ts";

const curve = (xs: readonly number[], ms: (x: number) => number, width = 0): CurvePoint[] =>
  xs.map((x) => ({
    x,
    ms: ms(x),
    interval: width === 0 ? null : [ms(x) * (1 - width), ms(x) * (1 + width)],
  }));
const loads = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
const mm1 = (load: number): number => 10 / (1 - load);

test("of M/M/1 it is half way from the lowest load to saturation, however far the curve goes on", () => {
  for (const to of [0.7, 0.9, 0.98]) {
    const knee = kneeOf(curve(loads(0.1, to, 0.02), mm1));
    assert.ok(Math.abs(knee!.x - 0.55) < 0.002, `up to ${to}: ${knee?.x}`);
    assert.ok(Math.abs(knee!.ms - 2 * mm1(0.1)) < 1e-9);
    assert.equal(knee?.from, 0.1);
  }
});

test("a falling curve bends at its low end, where there are too few backends", () => {
  const knee = kneeOf(curve([1.5, 2, 3, 4, 6, 8, 16, 32], (backends) => mm1(1 / backends)));
  assert.equal(knee?.from, 32);
  assert.ok(Math.abs(knee!.x - 1.94) < 0.05, `${knee?.x}`);
});

test("a curve that does not double, one point and none have no knee", () => {
  assert.equal(kneeOf(curve(loads(0.1, 0.5, 0.1), mm1)), null);
  assert.equal(kneeOf(curve([0.5], mm1)), null);
  assert.equal(kneeOf([]), null);
});

test("intervals of all points give a range around it, open where it lies beyond the curve", () => {
  const knee = kneeOf(curve(loads(0.1, 0.9, 0.02), mm1, 0.05));
  const [low, high] = knee?.range ?? [];
  assert.ok(low! < knee!.x && knee!.x < high!, `${low} to ${high}`);
  // (1 - x)(2 x 0.95) = 0.9 x 1.05, and with the ends changed.
  assert.ok(
    Math.abs(low! - (1 - (0.9 * 1.05) / 1.9)) < 0.005 && Math.abs(high! - (1 - (0.9 * 0.95) / 2.1)) < 0.005,
  );
  assert.deepEqual(kneeOf(curve(loads(0.1, 0.56, 0.02), mm1, 0.05))?.range?.[1], null);
  const some = curve(loads(0.1, 0.9, 0.02), mm1, 0.05).map((point, i) =>
    i === 3 ? { ...point, interval: null } : point,
  );
  assert.equal(kneeOf(some)?.range, null);
});

test("it lies within the curve and does not depend on the unit of latency", () => {
  const curves = fc
    .array(fc.double({ min: 1, max: 1_000, noNaN: true }), { minLength: 2, maxLength: 30 })
    .map((values) => values.map((ms, x): CurvePoint => ({ x, ms, interval: null })));
  fc.assert(
    fc.property(curves, fc.double({ min: 0.001, max: 1_000, noNaN: true }), (points, unit) => {
      const knee = kneeOf(points);
      const scaled = kneeOf(points.map((point) => ({ ...point, ms: point.ms * unit })));
      assert.equal(knee === null, scaled === null);
      if (knee === null || scaled === null) return;
      assert.ok(knee.x >= 0 && knee.x <= points.length - 1);
      assert.ok(Math.abs(knee.x - scaled.x) < 1e-6);
    }),
  );
});
