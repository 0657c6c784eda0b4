import assert from "node:assert/strict";
import { test } from "node:test";
import { faultSchema } from "./registry.ts";
import { windowsOf } from "./windows.ts";

const stage = { count: 4, durationMs: 10_000, seed: 1 };
const entry = (more: object) =>
  faultSchema.parse({ type: "crash", at: "1s", for: "500ms", backend: 2, ...more });
const whenAndWhere = (more: object, where = stage) =>
  windowsOf([entry(more)], where).map(({ backend, at, for: length }) => [backend, at, length]);

test("a fault at one backend is one window", () => {
  assert.deepEqual(windowsOf([entry({})], stage), [
    { type: "crash", at: 1_000, for: 500, backend: 2, entry: 0 },
  ]);
});

test("a fault at several backends is one window each, later by the stagger", () => {
  assert.deepEqual(whenAndWhere({ backend: [3, 1] }), [
    [3, 1_000, 500],
    [1, 1_000, 500],
  ]);
  assert.deepEqual(
    whenAndWhere({ backend: "all", stagger: "2s" }).map(([backend, at]) => [backend, at]),
    [
      [1, 1_000],
      [2, 3_000],
      [3, 5_000],
      [4, 7_000],
    ],
  );
});

test("a flapping fault comes again after its up time, to the end of the window or as often as said", () => {
  const at = (more: object) => whenAndWhere({ repeat: { up: "2s", ...more } }).map(([, when]) => when);
  assert.deepEqual(at({}), [1_000, 3_500, 6_000, 8_500]);
  assert.deepEqual(at({ times: 2 }), [1_000, 3_500]);
});

test("jitter moves every up and down time within its bounds, alike at all backends, by the seed", () => {
  const flapping = { backend: [1, 2], repeat: { up: "1s", jitter: "200ms" } };
  const windows = windowsOf([entry(flapping)], stage);
  const [one, two] = [1, 2].map((id) =>
    windows.filter(({ backend }) => backend === id).map(({ at, for: length }) => ({ at, for: length })),
  );
  assert.deepEqual(one, two);
  assert.deepEqual(windowsOf([entry(flapping)], stage), windows);
  assert.notDeepEqual(windowsOf([entry(flapping)], { ...stage, seed: 2 }), windows);
  for (const [i, { at, for: length }] of (one ?? []).entries()) {
    assert.ok(Math.abs(length - 500) <= 200, `down for ${length}`);
    const next = one?.[i + 1];
    if (next !== undefined) assert.ok(Math.abs(next.at - at - length - 1_000) <= 200);
  }
  assert.ok(new Set(one?.map(({ for: length }) => length)).size > 3);
});
