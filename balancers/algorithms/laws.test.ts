/** Laws that hold for every algorithm in the registry; what does not hold for one is listed here with the reason. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { jainIndex, sharesOf } from "#kernel/statistics.ts";
import type { AlgorithmDefinition } from "../algorithm.ts";
import { type Bench, createBench } from "../testing/bench.ts";
import { algorithms } from "./registry.ts";

/** Largest relative distance of a backend's share from what it should have. */
const SHARE_TOLERANCE = 0.05;
const WIDER_SHARE_TOLERANCE: Readonly<
  Record<string, { readonly tolerance: number; readonly reason: string }>
> = {
  "consistent-hash": {
    tolerance: 0.3,
    reason:
      "160 points leave a relative deviation of 8 %, and the largest of several backends lies beyond it",
  },
  "consistent-path-hash": { tolerance: 0.3, reason: "the ring of consistent-hash" },
  "bounded-load-hash": {
    tolerance: 0.3,
    reason: "the ring of consistent-hash, and a bound that lies 25 % above the fair share",
  },
  "peak-ewma": {
    tolerance: 0.15,
    reason:
      "whoever looks faster wins all ties for as long as its memory of 10 s lasts; 40 s of traffic hold few of these",
  },
};

/** Laws that an algorithm breaks by its very rule. */
const EXCEPTIONS: Readonly<
  Record<"all are used" | "equal shares" | "blind to load", Readonly<Record<string, string>>>
> = {
  "all are used": {
    first: "the others stand by",
    "shortest-expected-delay": "with one request at a time the fastest backend is always the better choice",
  },
  "equal shares": {
    first: "the others stand by",
    prequal:
      "the fastest of those with few requests takes the next: in the bench, whose latencies do not grow with load, whoever was slow last is passed over",
  },
  "blind to load": {
    "bounded-load-hash": "the key chooses until a backend holds its bound of requests in flight",
  },
};
const exceptionOf = (law: keyof typeof EXCEPTIONS, { name }: AlgorithmDefinition) => ({
  skip: EXCEPTIONS[law][name] ?? false,
});

const toleranceOf = ({ name }: AlgorithmDefinition) =>
  WIDER_SHARE_TOLERANCE[name]?.tolerance ?? SHARE_TOLERANCE;

type Step =
  | { readonly do: "send"; readonly client: number; readonly excluded: readonly number[] }
  | { readonly do: "finish"; readonly which: number; readonly latencyMs: number; readonly ok: boolean }
  | { readonly do: "toggle"; readonly backend: number }
  | { readonly do: "advance"; readonly ms: number };

const MOST_BACKENDS = 7;
const backendIndex = fc.nat(MOST_BACKENDS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      client: fc.nat(50),
      excluded: fc.array(backendIndex, { maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("finish" as const),
      which: fc.nat(),
      latencyMs: fc.double({ min: 0, max: 10_000, noNaN: true }),
      ok: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("toggle" as const), backend: backendIndex }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(20_000) }) },
);
const history = fc.array(step, { maxLength: 120, size: "max" });
const weights = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: MOST_BACKENDS });

/** Plays the steps and returns the picks; what is in flight at the end is finished. */
function play(bench: Bench, steps: readonly Step[], size: number): number[] {
  const picks: number[] = [];
  const open: number[] = [];
  for (const step of steps) {
    if (step.do === "advance") bench.advance(step.ms);
    else if (step.do === "toggle") bench.toggle(step.backend % size);
    else if (step.do === "send") {
      const backend = bench.send(step.client, step.excluded);
      picks.push(backend);
      open.push(backend);
    } else if (open.length > 0) {
      const [backend] = open.splice(step.which % open.length, 1);
      bench.finish(backend!, step.latencyMs, step.ok);
    }
  }
  for (const backend of open) bench.finish(backend, 10, true);
  return picks;
}

/** Requests that overlap: each new one starts while `depth` others run, and the one that ends is drawn at random. */
function sharesUnderSymmetricLoad(bench: Bench, size: number, requests: number, depth = 2 * size): number[] {
  const rng = createRng("service").fork(size);
  const counts = new Array<number>(size).fill(0);
  const open: number[] = [];
  for (let k = 0; k < requests; k++) {
    const backend = bench.send(k);
    counts[backend]! += 1;
    open.push(backend);
    bench.advance(1);
    if (open.length > depth) {
      const [ended] = open.splice(rng.int(open.length), 1);
      bench.finish(ended!, 5 + 10 * rng.next(), true);
    }
  }
  return sharesOf(counts);
}

test("the registry is sorted by name, and every entry says what it is and where it is from", () => {
  const names = algorithms.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)].sort());
  for (const { name, summary, reference } of algorithms) {
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.match(summary, /^[A-Z].*\.$/);
    assert.ok(reference.length > 0);
  }
  const excepted = Object.values(EXCEPTIONS).flatMap((names) => Object.keys(names));
  for (const name of [...Object.keys(WIDER_SHARE_TOLERANCE), ...excepted])
    assert.ok(names.includes(name), `no algorithm ${name}`);
});

for (const definition of algorithms) {
  const { name, weighted, family } = definition;

  test(`${name} picks one of those offered and leaves the pool alone, whatever joins, leaves, fails or is tried`, () => {
    fc.assert(
      fc.property(weights, history, fc.integer(), (weights, steps, seed) => {
        play(createBench(definition, weights, seed), steps, weights.length);
      }),
    );
  });

  test(`${name} makes the same picks from the same seed and events, and instances do not touch each other`, () => {
    fc.assert(
      fc.property(weights, history, history, fc.integer(), (weights, steps, others, seed) => {
        const first = play(createBench(definition, weights, seed), steps, weights.length);
        const second = createBench(definition, weights, seed);
        play(createBench(definition, weights, seed + 1), others, weights.length);
        assert.deepEqual(play(second, steps, weights.length), first);
      }),
      { numRuns: 50 },
    );
  });

  test(
    `${name} uses every backend again after any history of joins, leaves and failures`,
    exceptionOf("all are used", definition),
    () => {
      fc.assert(
        fc.property(weights, history, fc.integer(), (weights, steps, seed) => {
          const size = weights.length;
          const bench = createBench(definition, weights, seed);
          play(bench, steps, size);
          for (let backend = 0; backend < size; backend++)
            if (!bench.eligible.includes(backend)) bench.toggle(backend);
          const used = new Set<number>();
          for (let k = 0; k < 600 && used.size < size; k++) {
            bench.advance(1_000);
            const backend = bench.send(k);
            used.add(backend);
            bench.finish(backend, 10, true);
          }
          assert.equal(used.size, size);
        }),
        { numRuns: 50 },
      );
    },
  );

  test(
    `${name} gives all backends the same share under symmetric load${weighted ? "" : ", whatever their weights"}`,
    exceptionOf("equal shares", definition),
    () => {
      for (const size of [2, 3, 4, 8]) {
        const weights = Array.from({ length: size }, (_, backend) => (weighted ? 1 : backend + 1));
        const shares = sharesUnderSymmetricLoad(createBench(definition, weights, size), size, 40_000);
        for (const share of shares) {
          assert.ok(
            Math.abs(share * size - 1) < toleranceOf(definition),
            `shares of ${size}: ${shares.join(" ")}`,
          );
        }
        assert.ok(jainIndex(shares) > 0.97);
      }
    },
  );

  if (weighted) {
    test(`${name} follows the weights in the long run`, () => {
      for (const weights of [
        [5, 1, 1],
        [1, 2, 3, 4],
        [100, 300],
        [0.5, 1.5],
      ]) {
        const size = weights.length;
        // Counts are whole numbers, so a ratio of them is kept only where there are many.
        const depth = family === "by-load" ? 50 * size : 2 * size;
        const shares = sharesUnderSymmetricLoad(createBench(definition, weights, 1), size, 40_000, depth);
        for (const [backend, expected] of sharesOf(weights).entries()) {
          const off = shares[backend]! / expected - 1;
          assert.ok(
            Math.abs(off) < toleranceOf(definition),
            `${weights.join(":")} gives ${shares.join(" ")}`,
          );
        }
      }
    });
  }

  if (family === "by-key") {
    test(`${name} sends a client to the same backend whatever the seed, the load and the outcomes were`, () => {
      fc.assert(
        fc.property(weights, history, fc.integer(), fc.nat(65_535), (weights, steps, seed, client) => {
          const calm = createBench(definition, weights, 0);
          const busy = createBench(definition, weights, seed);
          play(
            busy,
            steps.filter((step) => step.do !== "toggle"),
            weights.length,
          );
          assert.equal(busy.send(client), calm.send(client));
        }),
      );
    });
  } else {
    test(`${name} does not look at the client`, () => {
      fc.assert(
        fc.property(weights, history, fc.integer(), (weights, steps, seed) => {
          const anonymous = steps.map((step) => (step.do === "send" ? { ...step, client: 0 } : step));
          assert.deepEqual(
            play(createBench(definition, weights, seed), anonymous, weights.length),
            play(createBench(definition, weights, seed), steps, weights.length),
          );
        }),
        { numRuns: 50 },
      );
    });
  }

  if (family !== "by-load") {
    test(
      `${name} does not look at in-flight requests or outcomes`,
      exceptionOf("blind to load", definition),
      () => {
        fc.assert(
          fc.property(weights, history, fc.integer(), (weights, steps, seed) => {
            const size = weights.length;
            const held = steps.filter((step) => step.do !== "finish");
            assert.deepEqual(
              play(createBench(definition, weights, seed), held, size),
              play(createBench(definition, weights, seed), steps, size),
            );
          }),
          { numRuns: 50 },
        );
      },
    );
  } else {
    test(`${name} keeps off a backend that holds its requests`, () => {
      const size = 4;
      const bench = createBench(definition, [1, 1, 1, 1], 1);
      let held = 0;
      for (let k = 0; k < 400; k++) {
        bench.advance(1);
        const backend = bench.send(k);
        if (backend === 0) held++;
        else bench.finish(backend, 10, true);
      }
      assert.ok(held < 400 / size / 4, `${held} of 400 went to it`);
    });
  }
}
