import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { list, showBytes, showMs, showPercent, showRate, showShare, showTimes } from "./figures.ts";

test("durations carry three digits and the unit that fits", () => {
  const pairs: [number, string][] = [
    [0, "0 ms"],
    [0.31, "310 µs"],
    [0.9996, "1 ms"],
    [41.234, "41.2 ms"],
    [999.4, "999 ms"],
    [999.6, "1 s"],
    [5130, "5.13 s"],
    [123456, "123 s"],
    [-2.5, "-2.5 ms"],
  ];
  for (const [ms, text] of pairs) assert.equal(showMs(ms), text);
});

test("shares, rates, sizes and ratios read as people write them", () => {
  assert.equal(showShare(0.0491), "4.91 %");
  assert.equal(showShare(0.00001), "<0.01 %");
  assert.equal(showShare(1), "100 %");
  assert.equal(showPercent(0.2512), "25 %");
  assert.equal(showRate(15234.4), "15,234/s");
  assert.equal(showBytes(11.2 * 1_048_576), "11.2 MiB");
  assert.equal(showTimes(4.96), "5.0 times");
  assert.equal(showTimes(1.032), "1.03 times");
  assert.equal(list(["a", "b", "c"]), "a, b and c");
});

test("a printed duration is within half a percent of the measured one", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (ms) => {
      const [, number, unit] = /^([\d.,]+) (µs|ms|s)$/.exec(showMs(ms))!;
      const back = Number(number!.replaceAll(",", "")) * { µs: 1e-3, ms: 1, s: 1e3 }[unit as "ms"];
      assert.ok(Math.abs(back / ms - 1) <= 0.0051, `${ms} as ${showMs(ms)}`);
    }),
  );
});
