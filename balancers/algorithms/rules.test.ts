/** What single algorithms promise beyond the laws of all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { chiSquareP } from "#kernel/statistics.ts";
import type { AlgorithmDefinition } from "../algorithm.ts";
import { hash32 } from "../hash.ts";
import { createBench, requestOf } from "../testing/bench.ts";
import { algorithm as consistentHash } from "./consistent-hash.ts";
import { algorithm as consistentPathHash } from "./consistent-path-hash.ts";
import { algorithm as ipHash } from "./ip-hash.ts";
import { algorithm as leastConnections } from "./least-connections.ts";
import { algorithm as leastTime } from "./least-time.ts";
import { algorithm as peakEwma } from "./peak-ewma.ts";
import { algorithm as powerOfTwoChoices } from "./power-of-two-choices.ts";
import { algorithm as random } from "./random.ts";
import { algorithm as rendezvous } from "./rendezvous.ts";
import { algorithm as roundRobin } from "./round-robin.ts";
import { algorithm as weightedRoundRobin } from "./weighted-round-robin.ts";

const CLIENTS = 5_000;
const SIGNIFICANCE = 1e-4;
const equal = (size: number) => new Array<number>(size).fill(1);

function picks(
  definition: AlgorithmDefinition,
  weights: readonly number[],
  count: number,
  seed = 1,
): number[] {
  const bench = createBench(definition, weights, seed);
  return Array.from({ length: count }, (_, k) => bench.send(k));
}

function assertUniform(values: readonly number[], cells: number): void {
  const counts = new Array<number>(cells).fill(0);
  for (const value of values) counts[value]! += 1;
  const p = chiSquareP(counts, new Array<number>(cells).fill(values.length / cells));
  assert.ok(p > SIGNIFICANCE, `p = ${p}: ${counts.join(" ")}`);
}

test("round-robin takes every backend once per round, in the same order, from a start that differs by seed", () => {
  for (const size of [1, 2, 3, 7]) {
    const sequence = picks(roundRobin, equal(size), 5 * size);
    for (const [at, backend] of sequence.entries()) assert.equal(backend, (sequence[0]! + at) % size);
  }
  assertUniform(
    Array.from({ length: 4_000 }, (_, seed) => picks(roundRobin, equal(4), 1, seed)[0]!),
    4,
  );
});

test("round-robin goes on in turn when a backend leaves and when it comes back", () => {
  const bench = createBench(roundRobin, equal(4), 1);
  while (bench.send(0) !== 3);
  bench.toggle(1);
  assert.deepEqual(
    Array.from({ length: 4 }, () => bench.send(0)),
    [0, 2, 3, 0],
  );
  bench.toggle(1);
  assert.deepEqual(
    Array.from({ length: 4 }, () => bench.send(0)),
    [1, 2, 3, 0],
  );
});

test("round-robin skips a backend for one request without losing its turn for the others", () => {
  const bench = createBench(roundRobin, equal(4), 1);
  while (bench.send(0) !== 0);
  assert.equal(bench.send(0, [1]), 2);
  assert.deepEqual([bench.send(0), bench.send(0), bench.send(0)], [3, 0, 1]);
});

test("weighted-round-robin gives a a b a c a a for 5:1:1, again and again", () => {
  const names = picks(weightedRoundRobin, [5, 1, 1], 14).map((backend) => "abc"[backend]);
  assert.equal(names.join(" "), "a a b a c a a a a b a c a a");
});

test("weighted-round-robin gives everyone exactly its weight in each round", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 4 }),
      (weights, rounds) => {
        const total = weights.reduce((sum, weight) => sum + weight);
        const sequence = picks(weightedRoundRobin, weights, rounds * total);
        for (const [backend, weight] of weights.entries()) {
          assert.equal(sequence.filter((picked) => picked === backend).length, rounds * weight);
        }
      },
    ),
  );
});

test("random draws are uniform and do not depend on the one before", () => {
  const sequence = picks(random, equal(4), 40_000);
  assertUniform(sequence, 4);
  assertUniform(
    sequence.flatMap((backend, at) => (at % 2 === 0 ? [4 * backend + sequence[at + 1]!] : [])),
    16,
  );
});

test("least-connections always takes a backend with the fewest in flight, two choices never the one with the most", () => {
  const inflight = fc.uniqueArray(fc.nat(50), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(inflight, fc.integer(), (counts, seed) => {
      for (const definition of [leastConnections, powerOfTwoChoices]) {
        const bench = createBench(definition, equal(counts.length), seed);
        for (const [backend, count] of counts.entries()) bench.hold(backend, count);
        const taken = counts[bench.send(0)]!;
        if (definition === leastConnections) assert.equal(taken, Math.min(...counts));
        else assert.notEqual(taken, Math.max(...counts));
      }
    }),
  );
});

test("least-connections breaks ties uniformly", () => {
  const sequence = Array.from(
    { length: 20_000 },
    (_, seed) => picks(leastConnections, equal(5), 1, seed)[0]!,
  );
  assertUniform(sequence, 5);
});

const SERVICE_MS = 50;

/**
 * Share of 20,000 requests that one backend of `size` gets which fails within 1/50 of the service time, while the others,
 * with a queue and a worker each, are at `load`.
 */
function shareOfBlackHole(definition: AlgorithmDefinition, size: number, load: number): number {
  const bench = createBench(definition, equal(size), 1);
  const rng = createRng("arrivals").fork(size);
  const freeAt = new Float64Array(size);
  const open: { readonly at: number; readonly startedAt: number; readonly backend: number }[] = [];
  const requests = 20_000;
  let now = 0;
  let lost = 0;
  const advance = (to: number): void => {
    open.sort((a, b) => a.at - b.at);
    while (open.length > 0 && open[0]!.at <= to) {
      const { at, startedAt, backend } = open.shift()!;
      bench.advance(at - now);
      now = at;
      bench.finish(backend, at - startedAt, backend !== 0);
    }
    bench.advance(to - now);
    now = to;
  };
  for (let k = 0; k < requests; k++) {
    advance(now - (Math.log(1 - rng.next()) * SERVICE_MS) / (load * (size - 1)));
    const backend = bench.send(k);
    if (backend === 0) lost++;
    else freeAt[backend] = Math.max(freeAt[backend]!, now) + SERVICE_MS;
    open.push({ at: backend === 0 ? now + SERVICE_MS / 50 : freeAt[backend]!, startedAt: now, backend });
  }
  return lost / requests;
}

for (const [size, load] of [
  [4, 0.6],
  [10, 0.6],
  [10, 0.9],
] as const) {
  test(`of ${size} at load ${load}, peak-ewma and least-time steer around the one that fails fast, where least-connections is drawn into it`, () => {
    const fair = 1 / size;
    const drawn = shareOfBlackHole(leastConnections, size, load);
    assert.ok(drawn > 1.5 * fair, `${drawn}`);
    for (const definition of [peakEwma, leastTime]) {
      const share = shareOfBlackHole(definition, size, load);
      assert.ok(share < fair / 10, `${definition.name} ${share}`);
    }
  });
}

for (const definition of [consistentHash, consistentPathHash, rendezvous]) {
  test(`${definition.name} moves the clients of the backend that left and no others, and gives exactly these back`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 10 }),
        fc.nat(),
        (weights, which) => {
          const gone = which % weights.length;
          const bench = createBench(definition, weights, 1);
          const clients = Array.from({ length: 500 }, (_, k) => k);
          const before = clients.map((k) => bench.send(k));
          const avoided = clients.map((k) => bench.send(k, [gone]));
          bench.toggle(gone);
          const during = clients.map((k) => bench.send(k));
          bench.toggle(gone);
          assert.deepEqual(
            clients.map((k) => bench.send(k)),
            before,
          );
          assert.deepEqual(avoided, during);
          for (const [k, backend] of before.entries()) {
            if (backend !== gone) assert.equal(during[k], backend);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
}

test("the clients of a backend that left spread over all others", () => {
  const size = 5;
  const bench = createBench(consistentHash, equal(size), 1);
  const moved = Array.from({ length: CLIENTS }, (_, k) => k).filter((k) => bench.send(k) === 0);
  bench.toggle(0);
  const heirs = new Set(moved.map((k) => bench.send(k)));
  assert.equal(heirs.size, size - 1);
});

test("ip-hash moves about 1 - 1/n of the clients when one of n leaves", () => {
  const size = 10;
  const bench = createBench(ipHash, equal(size), 1);
  const before = Array.from({ length: CLIENTS }, (_, k) => bench.send(k));
  bench.toggle(size - 1);
  const moved = before.filter((backend, k) => bench.send(k) !== backend).length / CLIENTS;
  assert.ok(Math.abs(moved - (1 - 1 / size)) < 0.02, `${moved} moved`);
});

test("hashes of neighbouring addresses are uniform, and ip-hash uses all four octets", () => {
  const cells = 64;
  for (const addressOf of [
    (k: number) => `10.0.${k >>> 8}.${k & 255}`,
    (k: number) => requestOf(k).clientAddress,
  ]) {
    assertUniform(
      Array.from({ length: 20_000 }, (_, k) => hash32(addressOf(k)) % cells),
      cells,
    );
    assertUniform(
      Array.from({ length: 20_000 }, (_, k) => hash32(addressOf(k)) >>> 26),
      cells,
    );
  }
  const algorithm = ipHash.create({ rng: createRng(1), size: 8 });
  const pool = {
    eligible: [0, 1, 2, 3, 4, 5, 6, 7],
    weight: new Float64Array(8).fill(1),
    inflight: new Int32Array(8),
  };
  const used = new Set<number>();
  for (let last = 0; last < 256; last++)
    used.add(algorithm.pick({ ...requestOf(0), clientAddress: `10.0.0.${last}` }, pool, 0));
  assert.equal(used.size, 8);
});
