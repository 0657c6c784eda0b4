import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { chiSquareP } from "#kernel/statistics.ts";
import { createInFlightBuckets } from "./in-flight-buckets.ts";

const SIZE = 5;
const MOVES = ["joined", "left", "started", "finished"] as const;
const history = fc.array(fc.tuple(fc.constantFrom(...MOVES), fc.nat(SIZE - 1)), {
  maxLength: 80,
  size: "max",
});

/** The buckets after the moves, beside the plain counts that they have to agree with. */
function play(moves: readonly (readonly [(typeof MOVES)[number], number])[]) {
  const buckets = createInFlightBuckets(SIZE);
  const inflight = new Array<number>(SIZE).fill(0);
  const members = new Set<number>();
  for (const [move, backend] of moves) {
    if (move === "joined") members.add(backend);
    if (move === "left") members.delete(backend);
    if (move === "started") inflight[backend]! += 1;
    if (move === "finished" && inflight[backend] === 0) continue;
    if (move === "finished") inflight[backend]! -= 1;
    if (move === "finished") buckets.finished({ backend, latencyMs: 1, ok: true }, 0);
    else buckets[move](backend, 0);
  }
  return { buckets, inflight, members: [...members] };
}

test("knows the fewest in flight and draws every member that has them, whatever came and went", () => {
  fc.assert(
    fc.property(history, fc.integer(), (moves, seed) => {
      const { buckets, inflight, members } = play(moves);
      assert.equal(buckets.members, members.length);
      if (members.length === 0) return;
      const fewest = Math.min(...members.map((backend) => inflight[backend]!));
      assert.equal(buckets.lowest, fewest);
      const rng = createRng(seed);
      const drawn = new Set(Array.from({ length: 150 }, () => buckets.drawLowest(rng)));
      assert.deepEqual([...drawn].sort(), members.filter((backend) => inflight[backend] === fewest).sort());
    }),
  );
});

test("draws uniformly after members were moved around in a bucket", () => {
  const { buckets } = play([
    ...[0, 1, 2, 3, 4].map((backend) => ["joined", backend] as const),
    ["started", 1],
    ["started", 3],
    ["finished", 1],
    ["left", 0],
    ["joined", 0],
  ]);
  const rng = createRng(1);
  const counts = new Array<number>(SIZE).fill(0);
  for (let draw = 0; draw < 20_000; draw++) counts[buckets.drawLowest(rng)]! += 1;
  assert.equal(counts[3], 0);
  const p = chiSquareP(
    [0, 1, 2, 4].map((backend) => counts[backend]!),
    [5_000, 5_000, 5_000, 5_000],
  );
  assert.ok(p > 1e-4, `p = ${p}: ${counts.join(" ")}`);
});
