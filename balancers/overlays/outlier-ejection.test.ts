import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AttemptEnd } from "../dispatcher.ts";
import { pipelineOf } from "../testing/overlaid.ts";
import { createOutlierEjection, type OutlierRule, overlay } from "./outlier-ejection.ts";

const RULE: OutlierRule = overlay.schema.parse({});

function ejectionOf(size: number, change: Partial<OutlierRule> = {}) {
  const ejection = createOutlierEjection({ ...RULE, ...change }, size, size);
  const end = (backend: number, how: AttemptEnd, now: number, startedAt = now): boolean =>
    ejection.ended(
      backend,
      { startedAt, trial: false, end: how === "errored" ? "answered" : how, errored: how === "errored" },
      now,
    );
  const out = (now: number): number[] =>
    Array.from({ length: size }, (_, backend) => backend).filter((backend) => !ejection.admits(backend, now));
  const failRow = (backend: number, now: number): void => {
    for (let k = 0; k < RULE.consecutive; k++) end(backend, k % 2 === 0 ? "failed" : "errored", now);
  };
  return { ejection, end, out, failRow };
}

test("five failures or 5xx in a row eject, an answer in between begins the row anew, a client that left says nothing", () => {
  const { end, out } = ejectionOf(10);
  for (const how of ["failed", "errored", "failed", "errored", "answered"] as const) end(3, how, 1);
  for (const how of ["failed", "abandoned", "errored", "failed", "errored"] as const) end(3, how, 1);
  assert.deepEqual(out(1), []);
  assert.equal(end(3, "failed", 2), true);
  assert.deepEqual(out(2), [3]);
});

test("the k-th ejection lasts k times 30 s, at most five minutes, and a calm interval forgives one", () => {
  const { out, failRow, end, ejection } = ejectionOf(10);
  let now = 0;
  for (let k = 1; k <= 12; k++) {
    failRow(0, now);
    const back = now + Math.min(30_000 * k, 300_000);
    assert.deepEqual(out(back - 1), [0], `ejection ${k}`);
    assert.deepEqual(out(back), []);
    assert.equal(ejection.nextReturn(now), back);
    now = back;
  }
  // Eleven calm intervals leave one of the twelve: the next ejection is the second.
  end(1, "answered", now + 110_000);
  failRow(0, now + 110_001);
  assert.deepEqual(out(now + 110_000 + 60_000), [0]);
  assert.deepEqual(out(now + 110_001 + 60_000), []);
});

test("attempts from before an ejection was over do not count after it", () => {
  const { end, out, failRow } = ejectionOf(10);
  failRow(0, 1_000);
  for (let k = 0; k < 10; k++) end(0, "failed", 31_500, 30_999);
  assert.deepEqual(out(31_500), []);
});

test("backends that are removed are not among those of which a tenth may be out, nor among those that are", () => {
  const { ejection, out, failRow } = ejectionOf(20);
  for (const backend of [0, 1]) failRow(backend, 1);
  failRow(2, 2);
  assert.deepEqual(out(2), [0, 1], "two of twenty");
  ejection.enrolled?.(0, false, 3);
  assert.deepEqual(out(3), [1], "who is removed is out no more");
  failRow(2, 4);
  assert.deepEqual(out(4), [1], "one of nineteen");
  ejection.enrolled?.(0, true, 5);
  failRow(2, 6);
  assert.deepEqual(out(6), [1, 2], "two of twenty again, and the one that came back is not one of them");
  for (let k = 0; k < 10; k++) ejection.ended(0, failureFrom(2), 7);
  assert.deepEqual(out(7), [1, 2], "what it was sent before says nothing");
});

const failureFrom = (startedAt: number) =>
  ({ startedAt, trial: false, end: "failed", errored: false }) as const;

test("the dispatcher tells of those that are added and removed", () => {
  const { dispatcher } = pipelineOf("round-robin+outlier-ejection", 20);
  const request = { clientAddress: "127.0.0.1", path: "/", header: () => undefined };
  const fail = (rounds: number): void => {
    for (let k = 0; k < rounds; k++) {
      const attempt = dispatcher.start(request, 1);
      if (attempt !== null) dispatcher.settle(attempt, "failed", 1);
    }
  };
  for (let backend = 10; backend < 20; backend++) dispatcher.remove(backend, 0);
  dispatcher.remove(19, 0);
  fail(200);
  assert.equal(dispatcher.pool.eligible.length, 9, "one of ten");
  for (let backend = 10; backend < 20; backend++) dispatcher.add(backend, 2);
  fail(400);
  assert.equal(dispatcher.pool.eligible.length, 18, "two of twenty");
});

test("never more than a tenth are out at once, and always one may be", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.tuple(fc.nat(39), fc.nat(20_000), fc.boolean()), { maxLength: 300, size: "max" }),
      (size, events) => {
        const { out, failRow, end } = ejectionOf(size);
        let now = 0;
        for (const [backend, ms, fails] of events) {
          now += ms;
          if (fails) failRow(backend % size, now);
          else end(backend % size, "answered", now);
          assert.ok(out(now).length <= Math.max(1, Math.floor(size / 10)));
        }
      },
    ),
  );
  const { out, failRow } = ejectionOf(3);
  for (const backend of [0, 1, 2]) failRow(backend, 1);
  assert.deepEqual(out(1), [0]);
});

test("a success rate more than 1.9 standard deviations below the mean ejects at the end of the interval", () => {
  const play = (rates: readonly number[], requests = 100): number[] => {
    const { end, out } = ejectionOf(rates.length, { consecutive: 1_000 });
    for (const [backend, rate] of rates.entries())
      for (let k = 0; k < requests; k++) end(backend, k < rate * requests ? "answered" : "errored", 5_000);
    assert.deepEqual(out(14_999), []);
    end(0, "answered", 15_000);
    return out(15_000);
  };
  assert.deepEqual(play([1, 1, 1, 1, 1, 0.8]), [5]);
  assert.deepEqual(
    play([0.9, 0.91, 0.9, 0.89, 0.9, 0.9]),
    [],
    "a deviation of few parts is not below 1.9 of them",
  );
  assert.deepEqual(play([1, 1, 1, 1, 1, 0.8], 99), [], "too few requests");
  assert.deepEqual(play([1, 1, 1, 0.5]), [], "too few backends");
  assert.deepEqual(play([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]), [], "all alike");
});

test("an ejected backend gets nothing until its time is over, then its full share", () => {
  const { dispatcher } = pipelineOf("round-robin+outlier-ejection", 10);
  const request = { clientAddress: "127.0.0.1", path: "/", header: () => undefined };
  const send = (count: number, now: number): number[] =>
    Array.from({ length: count }, () => {
      const attempt = dispatcher.start(request, now)!;
      dispatcher.settle(attempt, attempt.backend === 4 && now < 1_000 ? "errored" : "answered", now);
      return attempt.backend;
    });
  assert.equal(send(200, 500).filter((backend) => backend === 4).length, 5);
  assert.equal(send(200, 30_499).filter((backend) => backend === 4).length, 0);
  assert.equal(send(200, 30_500).filter((backend) => backend === 4).length, 20);
});
