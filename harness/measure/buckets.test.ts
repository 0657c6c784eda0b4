import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BUCKETS, bucketOf, middleOf } from "./buckets.ts";

describe("buckets", () => {
  it("are exact below 2,048 us and off by less than 0.05 % above", () => {
    for (let us = 0; us < 2_048; us++) assert.equal(middleOf(bucketOf(us)), us);
    fc.assert(
      fc.property(fc.integer({ min: 2_048, max: 120_000_000 }), (us) => {
        assert.ok(
          Math.abs(middleOf(bucketOf(us)) - us) / us < 0.0005,
          `${us} became ${middleOf(bucketOf(us))}`,
        );
      }),
    );
  });

  it("are in the order of their values, without gaps", () => {
    let last = 0;
    for (let us = 0; us <= 1_000_000; us++) {
      const bucket = bucketOf(us);
      assert.ok(bucket === last || bucket === last + 1);
      last = bucket;
    }
  });

  it("count what lies outside at the nearer end", () => {
    assert.equal(bucketOf(-5), 0);
    assert.equal(bucketOf(1e12), BUCKETS - 1);
  });
});
