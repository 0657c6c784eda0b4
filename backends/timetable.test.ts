import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { mergeEffects } from "./faults/fault.ts";
import { faultSchema, faults } from "./faults/registry.ts";
import { createTimetable, parseFault } from "./timetable.ts";

const attempt = () => createRng(1);

test("a fault acts on requests that start from at up to, not including, at + for", () => {
  const timetable = createTimetable(
    [{ type: "slow", at: 100, for: 50, backend: 1, factor: 2 } as never],
    1_000,
  );
  assert.deepEqual(
    [1_099.9, 1_100, 1_149.9, 1_150].map((start) => timetable.play(start, attempt).slowdown),
    [undefined, 2, 2, undefined],
  );
});

test("a hanging request is released when the last fault that holds it ends", () => {
  const hang = (at: number, length: number) =>
    ({ type: "hang", at, for: length, backend: 1, share: 1 }) as const;
  const timetable = createTimetable([hang(0, 100), hang(50, 100)], 0);
  assert.deepEqual(timetable.play(20, attempt), { hang: true, untilMs: 100 });
  assert.deepEqual(timetable.play(60, attempt), { hang: true, untilMs: 150 });
});

test("effects of faults at the same time are merged: slowdowns multiply, the last status stands", () => {
  assert.deepEqual(
    mergeEffects([{ slowdown: 2 }, { status: 500 }, { slowdown: 3, reset: true }, { status: 503 }]),
    {
      slowdown: 6,
      status: 503,
      reset: true,
    },
  );
  assert.deepEqual(mergeEffects([]), {});
});

test("latency is added around its middle, never below 0, to the share of the requests that it hits", () => {
  const over = (more: object) =>
    createTimetable(
      [{ type: "latency", at: 0, for: 10, backend: 1, share: 1, jitter: 0, ...more } as never],
      0,
    );
  const added = (timetable: ReturnType<typeof over>) =>
    Array.from({ length: 2_000 }, (_, k) => timetable.play(1, () => createRng(7).fork(k)).addedMs);
  assert.ok(added(over({ latency: 40 })).every((ms) => ms === 40));
  const spread = added(over({ latency: 40, jitter: 10, share: 0.25 })).filter((ms) => ms !== undefined);
  assert.ok(Math.abs(spread.length / 2_000 - 0.25) < 0.04);
  assert.ok(spread.every((ms) => ms >= 30 && ms <= 50));
  assert.ok(Math.min(...spread) < 31 && Math.max(...spread) > 49, "the whole width, whatever the share");
  assert.ok(added(over({ latency: 5, jitter: 50 })).every((ms) => ms !== undefined && ms >= 0));
});

test("a brownout rises in a straight line, as a hill to its middle and back", () => {
  const factors = (curve: string): (number | undefined)[] => {
    const spec = { type: "brownout", at: 100, for: 100, backend: 1, factor: 5, curve };
    const timetable = createTimetable([spec as never], 0);
    return [99, 100, 125, 150, 175, 200].map((start) => timetable.play(start, attempt).slowdown);
  };
  assert.deepEqual(factors("rising"), [undefined, 1, 2, 3, 4, undefined]);
  assert.deepEqual(factors("hill"), [undefined, 1, 3, 5, 3, undefined]);
});

test("merging is independent of how the effects are grouped", () => {
  const effect = fc.record(
    {
      slowdown: fc.constantFrom(2, 4, 0.5),
      status: fc.integer({ min: 400, max: 599 }),
      hang: fc.boolean(),
      reset: fc.boolean(),
      empty: fc.boolean(),
      addedMs: fc.constantFrom(1, 2, 4),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(effect, effect, effect, (a, b, c) => {
      assert.deepEqual(mergeEffects([mergeEffects([a, b]), c]), mergeEffects([a, mergeEffects([b, c])]));
    }),
  );
});

test("a share hits about that part of the attempts, the same ones on every play", () => {
  const timetable = createTimetable(
    [{ type: "error", at: 0, for: 10, backend: 1, status: 502, share: 0.3 } as never],
    0,
  );
  const hits = () =>
    Array.from({ length: 2_000 }, (_, k) => timetable.play(1, () => createRng(7).fork(k)).status === 502);
  const first = hits();
  assert.deepEqual(first, hits());
  const share = first.filter(Boolean).length / first.length;
  assert.ok(Math.abs(share - 0.3) < 0.04, `share ${share}`);
});

test("nothing is drawn while no fault is active", () => {
  const timetable = createTimetable(
    [{ type: "error", at: 10, for: 10, backend: 1, status: 500, share: 0.5 } as never],
    0,
  );
  assert.deepEqual(
    timetable.play(5, () => assert.fail("drawn")),
    {},
  );
});

test("pauses become standstills, merged and in order; a crash changes nothing inside the process", () => {
  const fault = (type: string, at: number, length: number) => ({ type, at, for: length, backend: 1 });
  const timetable = createTimetable(
    [fault("pause", 50, 10), fault("pause", 5, 10), fault("pause", 10, 20), fault("crash", 0, 99)],
    100,
  );
  assert.deepEqual(timetable.standstills, [
    { fromMs: 105, toMs: 130 },
    { fromMs: 150, toMs: 160 },
  ]);
  assert.deepEqual(timetable.play(101, attempt), {});
});

test("what a scenario yields is what the control port takes", () => {
  const specs = [
    { type: "brownout", at: "1s", for: "2s", backend: 1, factor: 4, curve: "hill" },
    { type: "crash", at: "1s", for: "2s", backend: 1 },
    { type: "empty-reply", at: "1s", for: "2s", backend: 1, share: 0.5 },
    { type: "error", at: "0ms", for: "2s", backend: 2, share: "5%" },
    { type: "hang", at: "1s", for: "0.5s", backend: 1 },
    { type: "latency", at: "1s", for: "2s", backend: 1, latency: "40ms", jitter: "10ms" },
    { type: "pause", at: "1s", for: "2s", backend: 1 },
    { type: "reset", at: "1s", for: "2s", backend: 1, share: 0.5 },
    { type: "slow", at: "1s", for: "2s", backend: 1, factor: 4 },
  ].map((spec) => faultSchema.parse(spec));
  assert.deepEqual(
    specs.map((spec) => spec.type),
    faults.map(({ name }) => name),
  );
  for (const spec of specs) assert.deepEqual(parseFault(JSON.parse(JSON.stringify(spec))), spec);
  assert.deepEqual(specs[3], { type: "error", at: 0, for: 2_000, backend: 2, status: 500, share: 0.05 });
});

test("bad faults are refused", () => {
  const good = { type: "slow", at: "1s", for: "2s", backend: 1, factor: 2 };
  for (const bad of [
    { ...good, at: 1 },
    { ...good, for: "0s" },
    { ...good, backend: 0 },
    { ...good, backend: 1.5 },
    { ...good, factor: 1 },
    { ...good, factor: -2 },
    { ...good, extra: 1 },
    { ...good, type: "slowly" },
    { type: "error", at: "1s", for: "2s", backend: 1, status: 200 },
    { type: "error", at: "1s", for: "2s", backend: 1, share: 1.5 },
    { type: "latency", at: "1s", for: "2s", backend: 1, latency: 40 },
    { type: "latency", at: "1s", for: "2s", backend: 1, latency: "0s" },
    { type: "brownout", at: "1s", for: "2s", backend: 1, factor: 2, curve: "steep" },
  ]) {
    assert.equal(faultSchema.safeParse(bad).success, false, JSON.stringify(bad));
  }
  assert.throws(() => parseFault({ type: "slow", at: -1, for: 1, backend: 1, factor: 2 }));
  assert.throws(() => parseFault({ type: "constructor", at: 1, for: 1, backend: 1 }));
  assert.throws(() => parseFault(null));
});
