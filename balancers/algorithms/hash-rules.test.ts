/** What the algorithms by key promise about balance, bounds and disruption. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mean } from "#kernel/statistics.ts";
import { createMaglevTable, MAGLEV_SLOTS } from "../maglev-table.ts";
import { type Bench, createBench, requestOf } from "../testing/bench.ts";
import { algorithm as boundedLoadHash } from "./bounded-load-hash.ts";
import { algorithm as consistentHash } from "./consistent-hash.ts";
import { algorithm as consistentPathHash } from "./consistent-path-hash.ts";
import { algorithm as maglev } from "./maglev.ts";
import { algorithm as pathHash } from "./path-hash.ts";
import { algorithm as rendezvous } from "./rendezvous.ts";

const CLIENTS = 5_000;
const SETS = 20;
const equal = (size: number) => new Array<number>(size).fill(1);
const upTo = (size: number) => Array.from({ length: size }, (_, backend) => backend);
const weightsOf = (minLength: number) =>
  fc.array(fc.integer({ min: 1, max: 5 }), { minLength, maxLength: 8 });

/** Largest number of requests that `backend` may hold once one more of those offered is in flight. */
function boundOf(
  bench: Bench,
  weights: readonly number[],
  offered: readonly number[],
  backend: number,
): number {
  const held = offered.reduce((sum, other) => sum + bench.inflight[other]!, 0);
  const weight = offered.reduce((sum, other) => sum + weights[other]!, 0);
  return Math.ceil((1.25 * (held + 1) * weights[backend]!) / weight);
}

test("bounded-load-hash never gives a backend more than its bound, however few the clients and whatever ends, leaves or is tried", () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), client: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("retry" as const), client: fc.nat(7) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("finish" as const), client: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("toggle" as const), client: fc.nat(7) }) },
  );
  fc.assert(
    fc.property(weightsOf(2), fc.array(step, { maxLength: 120, size: "max" }), (weights, steps) => {
      const bench = createBench(boundedLoadHash, weights, 1);
      const open: number[] = [];
      for (const { do: what, client } of steps) {
        const backend = client % weights.length;
        if (what === "toggle") bench.toggle(backend);
        else if (what === "finish") {
          const [ended] = open.splice(client % Math.max(open.length, 1), 1);
          if (ended !== undefined) bench.finish(ended, 10, true);
        } else {
          const excluded = what === "retry" ? [backend] : [];
          const rest = bench.eligible.filter((other) => !excluded.includes(other));
          const offered = rest.length > 0 ? rest : bench.eligible;
          const bounds = offered.map((other) => boundOf(bench, weights, offered, other));
          const picked = bench.send(client, excluded);
          open.push(picked);
          assert.ok(bench.inflight[picked]! <= bounds[offered.indexOf(picked)]!);
        }
      }
    }),
  );
});

test("bounded-load-hash is consistent-hash while nobody is at the bound", () => {
  const weights = [1, 2, 1, 3];
  const [bounded, ring] = [boundedLoadHash, consistentHash].map((definition) =>
    createBench(definition, weights, 1),
  );
  for (let k = 0; k < 500; k++) {
    const picked = bounded!.send(k);
    assert.equal(picked, ring!.send(k));
    bounded!.finish(picked, 10, true);
  }
});

test("the path chooses for the hashes of a path, and the client does not", () => {
  for (const definition of [pathHash, consistentPathHash]) {
    const algorithm = definition.create({
      rng: { next: () => 0, int: () => 0, fork: () => assert.fail() },
      size: 8,
    });
    const pool = { eligible: upTo(8), weight: Float64Array.from(equal(8)), inflight: new Int32Array(8) };
    const pick = (client: number, path: string) => algorithm.pick({ ...requestOf(client), path }, pool, 0);
    assert.equal(new Set(upTo(50).map((client) => pick(client, "/cart?id=1"))).size, 1);
    assert.equal(new Set(upTo(200).map((n) => pick(1, `/cart?id=${n}`))).size, 8);
  }
});

test("rendezvous moves 1/n of the clients when one of n leaves, and they spread over all others", () => {
  const size = 10;
  const bench = createBench(rendezvous, equal(size), 1);
  const before = Array.from({ length: CLIENTS }, (_, k) => bench.send(k));
  bench.toggle(3);
  const heirs = before.flatMap((backend, k) => {
    const now = bench.send(k);
    return now === backend ? [] : [now];
  });
  // Four standard deviations of a binomial.
  assert.ok(Math.abs(heirs.length / CLIENTS - 0.1) < 4 * Math.sqrt((0.1 * 0.9) / CLIENTS), `${heirs.length}`);
  assert.equal(new Set(heirs).size, size - 1);
});

/** Slots that each of `size` backends owns. */
function slotsOf(table: Int32Array, size: number): number[] {
  const slots = new Array<number>(size).fill(0);
  for (const owner of table) slots[owner]! += 1;
  return slots;
}

test("the slots of a maglev table differ by one at most with equal weights, and follow the weights to two slots", () => {
  for (const size of [1, 2, 10, 100, 1_000]) {
    const slots = slotsOf(createMaglevTable(upTo(size), Float64Array.from(equal(size))), size);
    assert.ok(
      Math.max(...slots) - Math.min(...slots) <= 1,
      `${size}: ${Math.min(...slots)}..${Math.max(...slots)}`,
    );
  }
  fc.assert(
    fc.property(weightsOf(1), (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight);
      const slots = slotsOf(
        createMaglevTable(upTo(weights.length), Float64Array.from(weights)),
        weights.length,
      );
      for (const [backend, count] of slots.entries())
        assert.ok(Math.abs(count - (MAGLEV_SLOTS * weights[backend]!) / total) <= 2, slots.join(" "));
    }),
    { numRuns: 30 },
  );
});

/** Share of all slots that change their owner although it stayed, when one of `size` leaves; the mean over sets of backends and over who leaves. */
function needlessMoves(size: number, slots: number): number {
  const moves = upTo(SETS).flatMap((set) => {
    const backends = upTo(size).map((backend) => set * size + backend);
    const weight = Float64Array.from(equal((set + 1) * size));
    const before = createMaglevTable(backends, weight, slots);
    return backends.slice(0, 10).map((gone) => {
      const others = backends.filter((backend) => backend !== gone);
      const after = createMaglevTable(others, weight, slots);
      return before.filter((owner, slot) => owner !== gone && owner !== after[slot]).length / slots;
    });
  });
  return mean(moves);
}

// An independent program gave these for one set of backends each. Sets differ: at 4 backends from 0.03 to 0.13 %.
for (const [size, slots, expected] of [
  [4, MAGLEV_SLOTS, 0.0005],
  [10, MAGLEV_SLOTS, 0.0022],
  [100, MAGLEV_SLOTS, 0.0057],
  [10, 251, 0.049],
] as const) {
  test(`a maglev table of ${slots} slots moves about ${100 * expected} % without need when one of ${size} leaves`, () => {
    const moved = needlessMoves(size, slots);
    assert.ok(Math.abs(moved / expected - 1) < 1 / 4, `${moved} moved, expected ${expected}`);
  });
}

test("maglev sends a client whose backend was tried to another, and everyone else where they were", () => {
  const bench = createBench(maglev, [1, 2, 3, 1], 1);
  for (let k = 0; k < 500; k++) {
    const home = bench.send(k);
    assert.notEqual(bench.send(k, [home]), home);
    const other = (home + 1) % 4;
    assert.equal(bench.send(k, [other]), home);
  }
});
