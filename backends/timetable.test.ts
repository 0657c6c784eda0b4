import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { mergeEffects } from "./faults/fault.ts";
import { faults, faultSchema as scenarioFault } from "./faults/registry.ts";
import { windowsOf } from "./faults/windows.ts";
import { createTimetable, type Guest, parseFault } from "./timetable.ts";

const guest = (draws: Guest["draws"] = () => createRng(1), more: Partial<Guest> = {}): Guest => ({
  method: "GET",
  path: "/",
  isOnKept: false,
  answerBytes: () => 0,
  draws,
  ...more,
});

test("a fault acts on requests that start from at up to, not including, at + for", () => {
  const timetable = createTimetable(
    [{ type: "slow", at: 100, for: 50, backend: 1, factor: 2 } as never],
    1_000,
  );
  assert.deepEqual(
    [1_099.9, 1_100, 1_149.9, 1_150].map((start) => timetable.play(start, guest()).slowdown),
    [undefined, 2, 2, undefined],
  );
});

test("a hanging request is released when the last fault that holds it ends", () => {
  const hang = (at: number, length: number) =>
    ({ type: "hang", at, for: length, backend: 1, share: 1 }) as const;
  const timetable = createTimetable([hang(0, 100), hang(50, 100)], 0);
  assert.deepEqual(timetable.play(20, guest()), { hang: true, untilMs: 100 });
  assert.deepEqual(timetable.play(60, guest()), { hang: true, untilMs: 150 });
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
    Array.from(
      { length: 2_000 },
      (_, k) =>
        timetable.play(
          1,
          guest(() => createRng(7).fork(k)),
        ).addedMs,
    );
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
    return [99, 100, 125, 150, 175, 200].map((start) => timetable.play(start, guest()).slowdown);
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
    Array.from(
      { length: 2_000 },
      (_, k) =>
        timetable.play(
          1,
          guest(() => createRng(7).fork(k)),
        ).status === 502,
    );
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
    timetable.play(
      5,
      guest(() => assert.fail("drawn")),
    ),
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
  assert.deepEqual(timetable.play(101, guest()), {});
});

/** What a fault needs beside `at`, `for` and `backend`. */
const NEEDED: Readonly<Record<string, object>> = {
  bandwidth: { rate: 8 },
  brownout: { factor: 4, curve: "hill" },
  backlog: { size: 3 },
  drip: { over: "1s" },
  latency: { latency: "40ms", jitter: "10ms" },
  recycle: { every: 100, boot: "300ms" },
  slow: { factor: 4 },
  "slow-close": { delay: "2s" },
  "slow-start": { factor: 4 },
  spike: { latency: "1s" },
};
const fromScenario = (fault: object) => scenarioFault.parse({ at: "1s", for: "2s", backend: 1, ...fault });

test("what a scenario yields is what the control port takes", () => {
  const stage = { count: 3, durationMs: 10_000, seed: 1 };
  for (const { name } of faults) {
    const spec = fromScenario({ type: name, ...NEEDED[name] });
    const windows = windowsOf([spec], stage);
    assert.deepEqual(windows, [{ ...spec, entry: 0 }]);
    assert.deepEqual(JSON.parse(JSON.stringify(windows)).map(parseFault), windows);
  }
  const latency = fromScenario({
    type: "latency",
    latency: { type: "lognormal", median: "20ms", sigma: 1 },
    backend: "all",
    share: "5%",
  });
  const windows = windowsOf([latency], stage);
  assert.deepEqual(JSON.parse(JSON.stringify(windows)).map(parseFault), windows);
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
    assert.equal(scenarioFault.safeParse(bad).success, false, JSON.stringify(bad));
  }
  assert.throws(() => parseFault({ type: "slow", at: -1, for: 1, backend: 1, factor: 2 }));
  assert.throws(() => parseFault({ type: "constructor", at: 1, for: 1, backend: 1 }));
  assert.throws(() => parseFault(null));
});
