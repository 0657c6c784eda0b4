import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSweep, type Sweep, withValue } from "./sweep.ts";

const parsed = (text: string): Sweep => {
  const sweep = parseSweep(text);
  if (typeof sweep === "string") throw new Error(sweep);
  return sweep;
};
const texts = (text: string): string[] => parsed(text).points.map((point) => point.text);
const values = (text: string): number[] => parsed(text).points.map((point) => point.value);

test("a range goes in steps without the crumbs of adding, and to the end when a step reaches it", () => {
  assert.deepEqual(texts("load=0.1..0.4/0.1"), ["0.1", "0.2", "0.3", "0.4"]);
  assert.deepEqual(texts("load=0.1..0.95/0.05").length, 18);
  assert.deepEqual(texts("backends=2..7/2"), ["2", "4", "6"]);
});

test("percentages and durations keep their unit in texts, and are shares and milliseconds as values", () => {
  assert.deepEqual(texts("load=10%..30%/10%"), ["10%", "20%", "30%"]);
  assert.deepEqual(values("load=10%..30%/10%"), [0.1, 0.2, 0.3]);
  assert.deepEqual(texts("traffic.timeout=500ms..1500ms/0.5s"), ["500ms", "1s", "1.5s"]);
  assert.deepEqual(values("backends.service.mean=2ms, 1s"), [2, 1_000]);
});

test("short names stand for paths; lists are counted from 0, with dots or brackets", () => {
  assert.deepEqual(parsed("load=1,2").path, ["traffic", "arrivals", "load"]);
  assert.deepEqual(parsed("backends=1,2").path, ["backends", "count"]);
  for (const path of ["backends.override.0.speed", "backends.override[0].speed"]) {
    const { label, path: steps } = parsed(`${path}=1,2`);
    assert.deepEqual([label, steps], ["backends.override.0.speed", ["backends", "override", 0, "speed"]]);
  }
});

test("a list is sorted, so that a curve goes from left to right", () => {
  assert.deepEqual(values("load=0.9,0.3,0.5"), [0.3, 0.5, 0.9]);
});

test("what is no series is refused with the reason", () => {
  for (const [text, reason] of [
    ["load", /^expected PATH=FROM\.\.TO\/STEP/],
    ["=1,2", /^expected PATH=/],
    ["../x=1,2", /^"\.\.\/x" is no path of a scenario/],
    ["load=", /^"" is not a number/],
    ["load=0.1..0.9", /^"0\.1\.\.0\.9" is not a number/],
    ["load=a..b/c", /^"a" is not a number, a percentage such as 70%, or a duration such as 20ms$/],
    ["load=0.9..0.1/0.1", /^FROM must not be above TO$/],
    ["load=0.1..0.9/0", /^STEP must be above 0$/],
    ["load=0.1..0.9/-0.1", /^STEP must be above 0$/],
    ["load=0.1..0.2/1", /^STEP leaves one value only/],
    ["load=0.5", /^a series needs two values or more$/],
    ["load=0.5,0.5", /^a value is in the list twice$/],
    ["load=0..1/0.001", /^1001 values are more than the 200 that a series may have$/],
    ["load=10%..1/0.1", /^values of one series need one kind/],
    ["load=NaN,1", /^"NaN" is not a number/],
  ] as const) {
    const found = parseSweep(text);
    assert.equal(typeof found, "string", text);
    assert.match(found as string, reason);
  }
});

test("a value is set where the path leads, in a copy; a rate and a load never stand side by side", () => {
  const data = {
    backends: { override: [{ backend: 1 }, { backend: 2 }] },
    traffic: { arrivals: { type: "poisson", rate: 5 } },
  };
  const before = structuredClone(data);
  const { points, unit, path } = parsed("load=10%,20%");
  assert.deepEqual(withValue(data, path, points[0]!, unit), {
    ...data,
    traffic: { arrivals: { type: "poisson", load: "10%" } },
  });
  const speed = parsed("backends.override.1.speed=0.5,2");
  assert.deepEqual(withValue(data, speed.path, speed.points[1]!, speed.unit), {
    ...data,
    backends: { override: [{ backend: 1 }, { backend: 2, speed: 2 }] },
  });
  for (const wrong of ["backends.override.2.speed", "faults.0.at", "traffic.0"])
    assert.equal(withValue(data, parsed(`${wrong}=1,2`).path, points[0]!, "number"), null, wrong);
  assert.deepEqual(data, before);
});

test("every point of a range is a step after the one before, and its text says the value", () => {
  const range = fc.record({
    from: fc.integer({ min: 0, max: 500 }),
    step: fc.integer({ min: 1, max: 60 }),
    count: fc.integer({ min: 2, max: 200 }),
  });
  fc.assert(
    fc.property(range, ({ from, step, count }) => {
      const found = parsed(`load=${from / 100}..${(from + step * (count - 1)) / 100}/${step / 100}`).points;
      assert.deepEqual(
        found.map(({ value }) => Math.round(value * 1e6)),
        Array.from({ length: count }, (_, i) => (from + i * step) * 10_000),
      );
      assert.ok(found.every(({ value, text }) => Number(text) === value));
    }),
  );
});
