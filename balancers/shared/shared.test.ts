import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ownWords } from "./own-words.ts";
import { wholeWeights } from "./weights.ts";

describe("whole weights", () => {
  for (const [weights, factor, limit, expected] of [
    [[1, 1, 1], 1, 65_535, [1, 1, 1]],
    [[2, 1, 0.5], 1, 65_535, [4, 2, 1]],
    [[1, 3], 256, 256, [85, 255]],
    [[1, 1], 256, 256, [256, 256]],
    [[1, 5], 256, 256, [51, 255]],
    [[1, 1_000], 256, 256, [1, 256]],
  ] as const) {
    test(`${weights} become ${expected}`, () =>
      assert.deepEqual(wholeWeights(weights, factor, limit), expected));
  }

  test("they are whole, within the limit, and keep ratios up to rounding", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }), (weights) => {
        const whole = wholeWeights(weights, 256, 256);
        for (const [index, weight] of whole.entries()) {
          assert.ok(Number.isInteger(weight) && weight >= 1 && weight <= 256);
          assert.ok(Math.abs(weight / Math.max(...whole) - weights[index]! / Math.max(...weights)) < 1 / 256);
        }
      }),
    );
  });
});

describe("own words", () => {
  for (const [output, expected] of [
    [
      'nginx: [emerg] unknown directive "x" in /d/nginx.conf:3\nnginx: configuration file /d/nginx.conf test failed',
      'unknown directive "x" in /d/nginx.conf:3',
    ],
    [
      "2026/11/23 23:00:00 [emerg] 12#12: bind() to 127.0.0.1:80 failed (13: Permission denied)",
      "bind() to 127.0.0.1:80 failed (13: Permission denied)",
    ],
    [
      "[NOTICE]   (1) : haproxy version is 2.6\n[ALERT]    (1) : config : parsing [haproxy.cfg:5] : unknown keyword 'x'\n[ALERT]    (1) : config : Fatal errors found in configuration.",
      "parsing [haproxy.cfg:5] : unknown keyword 'x'",
    ],
    [
      "nginx: error while loading shared libraries: libx.so",
      "nginx: error while loading shared libraries: libx.so",
    ],
    ["all is well", ""],
  ] as const) {
    test(JSON.stringify(expected), () => assert.equal(ownWords(output), expected));
  }
});
