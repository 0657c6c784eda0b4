/** Weighted round robin keeps a tournament; its sequence has to be the one of the plain rule that credits everyone at every pick. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { requestOf } from "../testing/bench.ts";
import { algorithm } from "./weighted-round-robin.ts";

/** NGINX's loop, word for word in what it does. */
function createPlainRule(weight: readonly number[]) {
  const credit = weight.map(() => 0);
  return (eligible: readonly number[]): number => {
    let richest = eligible[0]!;
    let total = 0;
    for (const backend of eligible) {
      credit[backend]! += weight[backend]!;
      total += weight[backend]!;
      if (credit[backend]! > credit[richest]!) richest = backend;
    }
    credit[richest]! -= total;
    return richest;
  };
}

/** Whole weights and halves, so that both sides count exactly and ties are ties. */
const weights = fc.array(
  fc.integer({ min: 1, max: 60 }).map((n) => n / 2),
  { minLength: 1, maxLength: 20 },
);
const event = fc.oneof(
  { weight: 10, arbitrary: fc.constant({ do: "pick" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("retry" as const), backend: fc.nat(19) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("toggle" as const), backend: fc.nat(19) }) },
);

test("weighted-round-robin picks what the plain rule picks, through joins, leaves and retries", () => {
  fc.assert(
    fc.property(weights, fc.array(event, { maxLength: 300, size: "max" }), (weights, events) => {
      const size = weights.length;
      const pool = { weight: Float64Array.from(weights), inflight: new Int32Array(size) };
      const plain = createPlainRule(weights);
      const ours = algorithm.create({ rng: createRng(1), size });
      let eligible = weights.map((_, backend) => backend);
      for (const backend of eligible) ours.joined?.(backend, 0);
      const compare = (offered: readonly number[]) =>
        assert.equal(ours.pick(requestOf(0), { ...pool, eligible: offered }, 0), plain(offered));
      for (const event of events) {
        if (event.do === "pick") compare(eligible);
        else {
          const backend = event.backend % size;
          const others = eligible.filter((other) => other !== backend);
          if (others.length === 0) continue;
          if (event.do === "retry") compare(others);
          else if (others.length < eligible.length) {
            eligible = others;
            ours.left?.(backend, 0);
          } else {
            eligible = [...eligible, backend].sort((a, b) => a - b);
            ours.joined?.(backend, 0);
          }
        }
      }
    }),
  );
});

test("weighted-round-robin picks what the plain rule picks among 500 backends with weights of their own", () => {
  const weights = Array.from({ length: 500 }, (_, backend) => ((backend * 7_919) % 1_009) + 1);
  const pool = { weight: Float64Array.from(weights), inflight: new Int32Array(500) };
  const eligible = weights.map((_, backend) => backend);
  const ours = algorithm.create({ rng: createRng(1), size: 500 });
  for (const backend of eligible) ours.joined?.(backend, 0);
  const plain = createPlainRule(weights);
  for (let pick = 0; pick < 20_000; pick++)
    assert.equal(ours.pick(requestOf(0), { ...pool, eligible }, 0), plain(eligible));
});
