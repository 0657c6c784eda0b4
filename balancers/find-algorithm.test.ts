import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { algorithms } from "./algorithms/registry.ts";
import { canonicalChoices, choicesProblem } from "./choices-name.ts";
import { canonicalName } from "./composed-name.ts";
import { findAlgorithm } from "./find-algorithm.ts";
import { haproxySupports } from "./haproxy/algorithms.ts";
import { nginxSupports } from "./nginx/algorithms.ts";
import { createBench } from "./testing/bench.ts";

test("every algorithm of the registry is found by its name, and any number of choices without a file", () => {
  for (const { name } of algorithms) assert.equal(findAlgorithm(name)?.name, name);
  for (const name of ["power-of-4-choices", "power-of-1000-choices-with-replacement"])
    assert.equal(findAlgorithm(name)?.name, name);
  for (const name of [
    "power-of-1-choices",
    "power-of-1001-choices",
    "power-of-04-choices",
    "power-of-x-choices",
  ])
    assert.equal(findAlgorithm(name), undefined);
});

test("one rule has one name: the numbers that have words are said in words, also behind a balancer and before overlays", () => {
  assert.equal(canonicalName("power-of-2-choices"), "power-of-two-choices");
  assert.equal(canonicalName("nginx/power-of-2-choices+slow-start"), "nginx/power-of-two-choices+slow-start");
  assert.equal(canonicalName("power-of-2-choices-with-replacement"), "power-of-two-choices-with-replacement");
  assert.equal(canonicalName("power-of-3-choices-with-replacement"), "power-of-3-choices-with-replacement");
  for (const name of ["power-of-2-choices", "power-of-3-choices", "power-of-5-choices"])
    assert.ok(algorithms.some((each) => each.name === canonicalChoices(name)));
});

test("a number of choices that cannot be is said", () => {
  for (const name of [
    "power-of-0-choices",
    "power-of-1-choices",
    "power-of-2000-choices",
    "power-of-2.5-choices",
  ])
    assert.match(choicesProblem(name) as string, /a whole number from 2 to 1000/);
  assert.match(choicesProblem("power-of-4-choices-replaced") as string, /write power-of-4-choices or/);
  for (const name of ["power-of-4-choices", "power-of-2-choices", "round-robin", "power-of-for-choices"])
    assert.equal(choicesProblem(name), null);
});

test("the d draws are of different backends: of d + 1 with two idle ones they always meet an idle one", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), fc.integer(), (choices, seed) => {
      const definition = findAlgorithm(canonicalChoices(`power-of-${choices}-choices`))!;
      const bench = createBench(definition, new Array<number>(choices + 1).fill(1), seed);
      // Of d + 1 backends all but two are busy: d different draws meet one of the two idle ones.
      for (let backend = 2; backend <= choices; backend++) bench.hold(backend, 1);
      assert.ok(bench.send(0) < 2);
    }),
  );
});

test("the draws of any d are uniform, with replacement and without", () => {
  for (const name of ["power-of-4-choices", "power-of-7-choices", "power-of-4-choices-with-replacement"]) {
    const size = 10;
    const algorithm = findAlgorithm(name)!.create({ rng: createRng(7), size });
    const eligible = Array.from({ length: size }, (_, backend) => backend);
    const pool = { eligible, weight: new Float64Array(size).fill(1), inflight: new Int32Array(size) };
    const request = { clientAddress: "127.0.0.1", path: "/", header: () => undefined };
    const counts = new Array<number>(size).fill(0);
    for (let k = 0; k < 20_000; k++) counts[algorithm.pick(request, pool, 0)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 2_000) ** 2 / 2_000, 0);
    assert.ok(chiSquare < 27.9, `${name}: ${chiSquare} of 9 degrees, exceeded once in 1,000`);
  }
});

test("with replacement the busiest of n is met by all d draws once in n ^ d", () => {
  const size = 4;
  const algorithm = findAlgorithm("power-of-3-choices-with-replacement")!.create({ rng: createRng(3), size });
  const pool = {
    eligible: [0, 1, 2, 3],
    weight: new Float64Array(size).fill(1),
    inflight: Int32Array.from([9, 0, 0, 0]),
  };
  const request = { clientAddress: "127.0.0.1", path: "/", header: () => undefined };
  let busiest = 0;
  for (let k = 0; k < 64_000; k++) if (algorithm.pick(request, pool, 0) === 0) busiest += 1;
  assert.ok(Math.abs(busiest - 1_000) < 4 * Math.sqrt(1_000), `${busiest} of 64,000`);
});

test("HAProxy draws any number, NGINX two alone", () => {
  const haproxy = haproxySupports("power-of-4-choices");
  assert.ok(haproxy.supported && haproxy.directive === "balance random(4)");
  const nginx = nginxSupports("power-of-4-choices");
  assert.ok(!nginx.supported && /two different ones/.test(nginx.reason));
});
