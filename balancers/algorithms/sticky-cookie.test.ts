import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import { mean } from "#kernel/statistics.ts";
import { createDispatcher, type Dispatcher } from "../dispatcher.ts";
import { sessionOf, sessionValue, withoutCookie } from "../session-cookie.ts";
import { requestOf } from "../testing/bench.ts";
import { algorithm as leastConnections } from "./least-connections.ts";
import { algorithm as stickyCookie } from "./sticky-cookie.ts";

const NAME = stickyCookie.cookie!;
const carrying = (backend: number) => ({
  ...requestOf(0),
  header: (name: string) =>
    name === "cookie" ? `theme=dark; ${NAME}=${sessionValue(backend)}; lang=fr` : undefined,
});
function dispatcherOf(definition: typeof stickyCookie, size: number, seed = 1): Dispatcher {
  return createDispatcher({
    algorithm: definition.create({ rng: createRng(seed), size }),
    weights: new Array<number>(size).fill(1),
    ejection: null,
    now: 0,
  });
}

test("a cookie is read among others, and what it cannot mean is no cookie", () => {
  assert.equal(sessionOf("theme=dark; SRV=backend-3; lang=fr", "SRV"), 2);
  for (const cookies of [undefined, "", "SRV=", "SRV=backend-0", "SRV=backend-x", "XSRV=backend-1", "SRV=3"])
    assert.equal(sessionOf(cookies, "SRV"), null, cookies);
  assert.equal(withoutCookie("a=1; SRV=backend-3;b=2", "SRV"), "a=1; b=2");
  assert.equal(withoutCookie("SRV=backend-3", "SRV"), "");
});

test("the same cookie goes to the same backend while it is eligible, whatever the others hold", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 7 }),
      fc.array(fc.record({ backend: fc.nat(9), toggles: fc.boolean() }), { maxLength: 80, size: "max" }),
      (size, steps) => {
        const dispatcher = dispatcherOf(stickyCookie, size);
        for (const { backend, toggles } of steps) {
          const { eligible } = dispatcher.pool;
          if (toggles && eligible.includes(backend) && eligible.length > 1) dispatcher.leave(backend, 0);
          else if (toggles && backend < size) dispatcher.join(backend, 0);
          else {
            const here = dispatcher.pool.eligible.includes(backend);
            const attempt = dispatcher.start(carrying(backend), 0);
            if (here) assert.equal(attempt?.backend, backend);
            if (here && dispatcher.pool.eligible.length > 1)
              assert.notEqual(dispatcher.start(carrying(backend), 0, [backend])?.backend, backend);
          }
        }
      },
    ),
  );
});

test("new sessions go where least-connections sends them, known ones counted", () => {
  const [sticky, fallback] = [stickyCookie, leastConnections].map((definition) =>
    dispatcherOf(definition, 5, 3),
  );
  for (let k = 0; k < 400; k++) {
    const [a, b] = [sticky!, fallback!].map((dispatcher) => dispatcher.start(requestOf(k), k)!);
    assert.equal(a!.backend, b!.backend);
    if (k % 3 === 0) {
      sticky!.settle(a!, "answered", k);
      fallback!.settle(b!, "answered", k);
    }
  }
});

/** Sessions at the fullest of eight backends over the mean, when each session begins while nothing is in flight. */
function imbalance(sessions: number, seed: number): number {
  const dispatcher = dispatcherOf(stickyCookie, 8, seed);
  const counts = new Array<number>(8).fill(0);
  for (let k = 0; k < sessions; k++) {
    const attempt = dispatcher.start(requestOf(k), k)!;
    counts[attempt.backend]! += 1;
    dispatcher.settle(attempt, "answered", k);
  }
  return Math.max(...counts) / mean(counts);
}

// Balls into bins; an independent program gave these.
for (const [sessions, expected] of [
  [50, 1.6],
  [200, 1.3],
  [1_000, 1.13],
] as const) {
  test(`of ${sessions} sessions that come one at a time the fullest of eight backends has about ${expected} times the mean`, () => {
    const measured = mean(Array.from({ length: 400 }, (_, seed) => imbalance(sessions, seed)));
    assert.ok(Math.abs(measured / expected - 1) < 0.03, `${measured}`);
  });
}
