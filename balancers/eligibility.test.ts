import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createTierRule, type Standing, type Tier } from "./eligibility.ts";
import { countsOf, pipelineOf } from "./testing/overlaid.ts";

const ENVOY = { overprovisioning: 1.4, panicBelow: 0.5 };

/** Tiers of so many backends each, of which the first ones are healthy. */
function standingOf(tiers: readonly (readonly [size: number, healthy: number])[]): {
  standing: Standing;
  priorities: number[];
} {
  const priorities = tiers.flatMap(([size], level) => new Array<number>(size).fill(level));
  const all = [...priorities.keys()];
  const first = (level: number): number => priorities.indexOf(level);
  const healthy = all.filter((backend) => {
    const level = priorities[backend]!;
    return backend - first(level) < tiers[level]![1];
  });
  return { priorities, standing: { all, members: healthy, admitted: healthy } };
}

function loadsOf(tiers: readonly (readonly [number, number])[], panicBelow = 0.5): readonly Tier[] {
  const { standing, priorities } = standingOf(tiers);
  return createTierRule({ ...ENVOY, panicBelow, priorities })(standing);
}
const percents = (tiers: readonly Tier[]): number[] => tiers.map(({ load }) => Math.round(100 * load));

test("the second tier takes over exactly what the first lacks, as in Envoy's table for two tiers", () => {
  // Healthy of the first tier of 100 to the loads of both.
  for (const [healthy, loads] of [
    [100, [100]],
    [72, [100]],
    [71, [99, 1]],
    [50, [70, 30]],
    [25, [35, 65]],
    [0, [100]],
  ] as const) {
    const tiers = loadsOf([
      [100, healthy],
      [100, 100],
    ]);
    assert.deepEqual(percents(tiers), loads, `${healthy} healthy`);
    assert.equal(tiers[0]!.backends[0], healthy === 0 ? 100 : 0);
  }
});

test("three tiers share in order, and shares are of the total where all of them together lack", () => {
  assert.deepEqual(
    percents(
      loadsOf([
        [100, 20],
        [100, 20],
        [100, 100],
      ]),
    ),
    [28, 28, 44],
  );
  assert.deepEqual(
    percents(
      loadsOf([
        [100, 20],
        [100, 20],
        [100, 20],
      ]),
    ),
    [33, 33, 33],
  );
  assert.deepEqual(
    percents(
      loadsOf([
        [100, 50],
        [100, 10],
        [100, 0],
      ]),
    ),
    [83, 17],
  );
});

test("no panic while the tiers together are healthy enough; in a panic a tier uses all it has, each tier for itself", () => {
  const calm = loadsOf([
    [100, 25],
    [100, 100],
  ]);
  assert.deepEqual(
    calm.map(({ backends }) => backends.length),
    [25, 100],
  );
  const panic = loadsOf([
    [100, 25],
    [100, 25],
  ]);
  assert.deepEqual(percents(panic), [50, 50]);
  assert.deepEqual(
    panic.map(({ backends }) => backends.length),
    [100, 100],
  );
  const half = loadsOf([
    [100, 5],
    [10, 6],
  ]);
  assert.deepEqual(
    half.map(({ backends }) => backends.length),
    [100, 6],
  );
});

test("one tier panics below its threshold and not at it", () => {
  assert.equal(loadsOf([[10, 5]])[0]!.backends.length, 5);
  assert.equal(loadsOf([[10, 4]])[0]!.backends.length, 10);
  assert.equal(loadsOf([[10, 4]], 0)[0]!.backends.length, 4);
  assert.equal(loadsOf([[10, 0]])[0]!.backends.length, 10);
});

test("loads add up to 1 over tiers with backends, whoever is healthy", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.nat(8)), { minLength: 1, maxLength: 4 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (sizes, panicBelow) => {
        const tiers = sizes.map(([size, healthy]) => [size, Math.min(size, healthy)] as const);
        const loads = loadsOf(tiers, panicBelow);
        const someone = panicBelow > 0 || tiers.some(([, healthy]) => healthy > 0);
        assert.ok(Math.abs(loads.reduce((sum, { load }) => sum + load, 0) - 1) < 1e-9);
        if (someone) assert.ok(loads.every(({ backends, load }) => backends.length > 0 && load > 0));
        const whole = tiers[0]![1] / tiers[0]![0];
        if (whole * 1.4 >= 1) assert.equal(loads.length, 1, "the others stand by while the first is whole");
      },
    ),
  );
});

test("a balancer fails over in that proportion, and back", () => {
  const priorities = [0, 0, 0, 0, 1, 1, 1, 1];
  for (const name of [
    "round-robin",
    "random",
    "least-connections",
    "power-of-two-choices",
    "weighted-round-robin",
  ]) {
    const { dispatcher } = pipelineOf(`${name}+priority`, 8, { priorities });
    const later = (now: number): number =>
      countsOf(dispatcher, 8, 8_000, now)
        .slice(4)
        .reduce((sum, count) => sum + count, 0);
    assert.equal(later(0), 0);
    dispatcher.leave(0, 1);
    assert.equal(later(1), 0, "three of four are healthy enough: 0.75 x 1.4 is above 1");
    dispatcher.leave(1, 2);
    const counts = countsOf(dispatcher, 8, 8_000, 2);
    const share = counts.slice(4).reduce((sum, count) => sum + count, 0) / 8_000;
    assert.ok(Math.abs(share - 0.3) < 0.02, `${name}: ${share}`);
    for (const count of counts.slice(4))
      assert.ok(Math.abs(count / 600 - 1) < 0.25, `${name}: ${counts.join(" ")}`);
    for (const backend of [2, 3]) dispatcher.leave(backend, 3);
    assert.equal(later(3), 8_000);
    for (const backend of [0, 1, 2, 3]) dispatcher.join(backend, 4);
    assert.equal(later(4), 0);
  }
});

test("panic brings back all, those included that fail their checks or are ejected, until enough are healthy", () => {
  const { dispatcher } = pipelineOf("random+panic-threshold", 10);
  for (let backend = 0; backend < 5; backend++) dispatcher.leave(backend, 1);
  assert.equal(dispatcher.pool.eligible.length, 5);
  dispatcher.leave(5, 2);
  assert.equal(dispatcher.pool.eligible.length, 10);
  assert.ok(countsOf(dispatcher, 10, 1_000, 3).every((count) => count > 50));
  dispatcher.join(5, 4);
  assert.deepEqual(dispatcher.pool.eligible, [5, 6, 7, 8, 9]);
});
