import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRng } from "#kernel/rng.ts";
import type { Algorithm, RequestView } from "./algorithm.ts";
import { algorithms } from "./algorithms/registry.ts";
import { type Attempt, type AttemptEnd, createDispatcher } from "./dispatcher.ts";

const request: RequestView = { clientAddress: "127.0.0.1", path: "/", header: () => undefined };
const ENDS = ["answered", "errored", "failed", "abandoned"] as const;

/** Picks by a counter and keeps what it was told. */
function witness() {
  let turn = 0;
  const joined = new Set<number>();
  const finished: { backend: number; ok: boolean; latencyMs: number }[] = [];
  const algorithm: Algorithm = {
    pick: (_, pool) => pool.eligible[turn++ % pool.eligible.length] as number,
    joined(backend) {
      assert.ok(!joined.has(backend), "joined twice");
      joined.add(backend);
    },
    left: (backend) => assert.ok(joined.delete(backend), "left without having joined"),
    finished: (outcome) => finished.push(outcome),
  };
  return { algorithm, joined, finished };
}

function dispatcherOf(size: number, maxFails: number | null = 1) {
  const seen = witness();
  const ejection = maxFails === null ? null : { maxFails, ejectMs: 10_000 };
  const dispatcher = createDispatcher({
    algorithm: seen.algorithm,
    weights: new Array(size).fill(1),
    ejection,
    now: 0,
  });
  return { ...seen, dispatcher };
}

/** Settles attempts until the next one is at `backend`. */
function startAt(dispatcher: ReturnType<typeof createDispatcher>, backend: number, now: number): Attempt {
  for (let turn = 0; turn < 100; turn++) {
    const attempt = dispatcher.start(request, now);
    assert.ok(attempt);
    if (attempt.backend === backend) return attempt;
    dispatcher.settle(attempt, "answered", now);
  }
  return assert.fail(`backend ${backend} was never picked`);
}

const step = fc.oneof(
  fc.record({ do: fc.constant("start" as const) }),
  fc.record({ do: fc.constant("settle" as const), which: fc.nat(), end: fc.constantFrom(...ENDS) }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 8_000 }) }),
  fc.record({ do: fc.constantFrom("join" as const, "leave" as const), backend: fc.nat({ max: 4 }) }),
);

test("whatever happens, counts stay exact, someone is eligible while there is a member, and no backend joins or leaves twice", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 3 }), (steps, maxFails) => {
      const { dispatcher, joined } = dispatcherOf(5, maxFails);
      const open: Attempt[] = [];
      const members = new Set([0, 1, 2, 3, 4]);
      let now = 0;
      for (const action of steps) {
        if (action.do === "wait") now += action.ms;
        if (action.do === "join") {
          dispatcher.join(action.backend, now);
          members.add(action.backend);
        }
        if (action.do === "leave") {
          dispatcher.leave(action.backend, now);
          members.delete(action.backend);
        }
        if (action.do === "start") {
          const attempt = dispatcher.start(request, now);
          assert.equal(attempt === null, members.size === 0);
          if (attempt) open.push(attempt);
        }
        if (action.do === "settle" && open.length > 0) {
          dispatcher.settle(open.splice(action.which % open.length, 1)[0] as Attempt, action.end, now);
        }
        const expected = [0, 1, 2, 3, 4].map((b) => open.filter((attempt) => attempt.backend === b).length);
        assert.deepEqual([...dispatcher.pool.inflight], expected);
        assert.deepEqual([...joined].sort(), [...dispatcher.pool.eligible].sort());
        assert.ok(dispatcher.pool.eligible.every((backend) => members.has(backend)));
        assert.equal(dispatcher.pool.eligible.length === 0, members.size === 0);
      }
    }),
  );
});

test("every algorithm of the registry picks only who is eligible and untried, through ejections, leaves and retries", () => {
  for (const definition of algorithms) {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.nat(), (steps, seed) => {
        const algorithm = definition.create({ rng: createRng(seed), size: 5 });
        const ejection = { maxFails: 1, ejectMs: 10_000 };
        const dispatcher = createDispatcher({ algorithm, weights: [1, 2, 3, 4, 5], ejection, now: 0 });
        const open: Attempt[] = [];
        let now = 0;
        for (const [k, action] of steps.entries()) {
          if (action.do === "wait") now += action.ms;
          if (action.do === "join" || action.do === "leave") dispatcher[action.do](action.backend, now);
          if (action.do === "start") {
            const from = { ...request, clientAddress: `127.0.${k}.1` };
            const first = dispatcher.start(from, now);
            const second = first && dispatcher.start(from, now, [first.backend]);
            open.push(...[first, second].filter((attempt) => attempt !== null));
          }
          if (action.do === "settle" && open.length > 0) {
            dispatcher.settle(open.splice(action.which % open.length, 1)[0] as Attempt, action.end, now);
          }
        }
      }),
      { numRuns: 50 },
    );
  }
});

test("an attempt that is settled twice is a broken invariant", () => {
  const { dispatcher, finished } = dispatcherOf(2);
  const attempt = dispatcher.start(request, 0) as Attempt;
  dispatcher.settle(attempt, "answered", 7);
  assert.throws(() => dispatcher.settle(attempt, "answered", 8), /settled twice/);
  assert.deepEqual(finished, [{ backend: attempt.backend, latencyMs: 7, ok: true }]);
});

test("the algorithm learns 5xx and failures as not ok, and a client that left as ok", () => {
  const oks = ENDS.map((end: AttemptEnd) => {
    const { dispatcher, finished } = dispatcherOf(1);
    dispatcher.settle(dispatcher.start(request, 0) as Attempt, end, 1);
    return finished[0]?.ok;
  });
  assert.deepEqual(oks, [true, false, false, true]);
});

test("a backend is ejected after its failures in a row, and only those", () => {
  const { dispatcher } = dispatcherOf(3, 3);
  for (const end of [
    "failed",
    "failed",
    "answered",
    "failed",
    "failed",
    "errored",
    "failed",
    "failed",
  ] as const) {
    dispatcher.settle(startAt(dispatcher, 1, 0), end, 0);
    assert.deepEqual(dispatcher.pool.eligible, [0, 1, 2]);
  }
  dispatcher.settle(startAt(dispatcher, 1, 0), "failed", 0);
  assert.deepEqual(dispatcher.pool.eligible, [0, 2]);
});

test("an ejected backend gets one attempt after its time and returns when that succeeds", () => {
  const { dispatcher } = dispatcherOf(3);
  dispatcher.settle(startAt(dispatcher, 1, 0), "failed", 100);
  dispatcher.settle(dispatcher.start(request, 10_099) as Attempt, "answered", 10_099);
  assert.deepEqual(dispatcher.pool.eligible, [0, 2]);
  const trial = startAt(dispatcher, 1, 10_100);
  assert.deepEqual(dispatcher.pool.eligible, [0, 2], "only one attempt while it is on trial");
  dispatcher.settle(trial, "answered", 10_200);
  assert.deepEqual(dispatcher.pool.eligible, [0, 1, 2]);
});

test("a failed or abandoned trial takes the backend out again", () => {
  for (const end of ["failed", "abandoned"] as const) {
    const { dispatcher } = dispatcherOf(2);
    dispatcher.settle(startAt(dispatcher, 1, 0), "failed", 0);
    dispatcher.settle(startAt(dispatcher, 1, 10_000), end, 10_500);
    dispatcher.settle(dispatcher.start(request, 20_499) as Attempt, "answered", 20_499);
    assert.deepEqual(dispatcher.pool.eligible, [0]);
    dispatcher.settle(startAt(dispatcher, 1, 20_500), "answered", 20_600);
    assert.deepEqual(dispatcher.pool.eligible, [0, 1]);
  }
});

test("an attempt sent before the ejection does not bring the backend back", () => {
  const { dispatcher } = dispatcherOf(2);
  const early = startAt(dispatcher, 1, 0);
  dispatcher.settle(startAt(dispatcher, 1, 1), "failed", 2);
  dispatcher.settle(early, "answered", 3);
  assert.deepEqual(dispatcher.pool.eligible, [0]);
});

test("when every backend is ejected all are eligible, and a success ends the panic", () => {
  const { dispatcher } = dispatcherOf(2);
  dispatcher.settle(startAt(dispatcher, 0, 0), "failed", 0);
  dispatcher.settle(startAt(dispatcher, 1, 0), "failed", 0);
  assert.deepEqual(dispatcher.pool.eligible, [0, 1]);
  const lucky = dispatcher.start(request, 5) as Attempt;
  dispatcher.settle(lucky, "answered", 5);
  assert.deepEqual(dispatcher.pool.eligible, [lucky.backend]);
});

test("a retry never goes where the request was, and ends when nothing is left", () => {
  const { dispatcher } = dispatcherOf(3, null);
  for (let turn = 0; turn < 20; turn++) assert.equal(dispatcher.start(request, 0, [0, 2])?.backend, 1);
  assert.equal(dispatcher.start(request, 0, [0, 1, 2]), null);
});

test("an algorithm that picks an ineligible backend is a broken invariant", () => {
  const dispatcher = createDispatcher({
    algorithm: { pick: () => 1 },
    weights: [1, 1],
    ejection: null,
    now: 0,
  });
  dispatcher.leave(1, 0);
  assert.throws(() => dispatcher.start(request, 0), /pick gave 1, which is not one of pool.eligible/);
  assert.throws(() => dispatcher.start(request, 0, [1]), /pick gave 1, which is not one of/);
});

test("a backend that left keeps its attempts in flight and returns with them", () => {
  const { dispatcher } = dispatcherOf(2);
  const attempt = startAt(dispatcher, 0, 0);
  dispatcher.leave(0, 0);
  assert.equal(dispatcher.pool.inflight[0], 1);
  dispatcher.settle(attempt, "answered", 1);
  dispatcher.join(0, 2);
  assert.deepEqual([...dispatcher.pool.inflight], [0, 0]);
  assert.deepEqual(dispatcher.pool.eligible, [0, 1]);
});

test("who is removed gets nothing, finishes what it has, and is back when it is added", () => {
  const { dispatcher, joined } = dispatcherOf(3);
  const held = [0, 1, 2].map(() => dispatcher.start(request, 0) as Attempt);
  dispatcher.remove(1, 1);
  dispatcher.remove(1, 1);
  assert.deepEqual([...joined].sort(), [0, 2]);
  for (let k = 0; k < 10; k++) assert.notEqual(dispatcher.start(request, 1)?.backend, 1);
  for (const attempt of held) dispatcher.settle(attempt, "answered", 2);
  assert.equal(dispatcher.pool.inflight[1], 0);
  dispatcher.add(1, 3);
  assert.deepEqual([...dispatcher.pool.eligible], [0, 1, 2]);
});

test("checks that pass do not bring back who was removed, nor does adding bring back who fails them", () => {
  const { dispatcher } = dispatcherOf(3);
  dispatcher.leave(0, 1);
  dispatcher.remove(0, 2);
  dispatcher.join(0, 3);
  assert.deepEqual([...dispatcher.pool.eligible], [1, 2]);
  dispatcher.leave(0, 4);
  dispatcher.add(0, 5);
  assert.deepEqual([...dispatcher.pool.eligible], [1, 2]);
  dispatcher.join(0, 6);
  assert.deepEqual([...dispatcher.pool.eligible], [0, 1, 2]);
});

test("a removed backend that was ejected stays away when its time is over; with all removed there is none to send to", () => {
  const { dispatcher } = dispatcherOf(2);
  const first = dispatcher.start(request, 0) as Attempt;
  dispatcher.settle(first, "failed", 0);
  dispatcher.remove(first.backend, 1);
  for (let k = 0; k < 4; k++) assert.notEqual(dispatcher.start(request, 20_000)?.backend, first.backend);
  dispatcher.remove(1 - first.backend, 20_001);
  assert.equal(dispatcher.start(request, 20_002), null);
});

test("a weight is told to the algorithm as a leave and a join, and only where it is eligible", () => {
  const { dispatcher, joined } = dispatcherOf(2);
  dispatcher.reweigh(0, 5, 1);
  assert.deepEqual([dispatcher.pool.weight[0], joined.has(0)], [5, true]);
  dispatcher.remove(1, 2);
  dispatcher.reweigh(1, 7, 3);
  assert.deepEqual([dispatcher.pool.weight[1], joined.has(1)], [7, false]);
});

test("probes that are no numbers of backends break the contract, with their value in the message", () => {
  for (const [probes, message] of [
    [[0, 99], /probes gave 99/],
    [[1.5], /probes gave 1.5/],
    [3, /no list/],
  ] as const) {
    const algorithm: Algorithm = { pick: () => 0, probes: () => probes as never };
    const dispatcher = createDispatcher({
      algorithm,
      weights: [1],
      ejection: null,
      now: 0,
      probe: () => undefined,
    });
    assert.throws(() => dispatcher.start(request, 0), { name: "AlgorithmError", message });
  }
});

test("a second attempt at a request asks backends as the first one does", () => {
  let rounds = 0;
  const algorithm: Algorithm = {
    pick: (_, pool) => pool.eligible[0] as number,
    probes: () => {
      rounds += 1;
      return [];
    },
  };
  const dispatcher = createDispatcher({ algorithm, weights: [1, 1], ejection: null, now: 0 });
  dispatcher.start(request, 0);
  dispatcher.start(request, 0, [0]);
  assert.equal(rounds, 2);
});

for (const definition of algorithms.filter(({ weighted }) => weighted))
  test(`${definition.name} shares by weights that were changed on the way as by those that it began with`, () => {
    const WEIGHTS = [1, 4, 1, 2];
    const sharesOf = (first: readonly number[]): number[] => {
      const algorithm = definition.create({ rng: createRng(1), size: 4 });
      const dispatcher = createDispatcher({ algorithm, weights: first, ejection: null, now: 0 });
      const counts = [0, 0, 0, 0];
      const open: Attempt[] = [];
      const send = (k: number): void => {
        const view = { ...request, clientAddress: `127.${k % 251}.${k % 199}.1`, path: `/${k % 4_999}` };
        const attempt = dispatcher.start(view, k) as Attempt;
        counts[attempt.backend]! += 1;
        open.push(attempt);
        if (open.length > 12) dispatcher.settle(open.shift() as Attempt, "answered", k);
      };
      for (let k = 0; k < 500; k++) send(k);
      for (const [backend, weight] of WEIGHTS.entries()) dispatcher.reweigh(backend, weight, 500);
      for (let k = 500; k < 600; k++) send(k);
      counts.fill(0);
      for (let k = 600; k < 20_600; k++) send(k);
      return counts.map((count) => count / 20_000);
    };
    const [changed, begun] = [sharesOf([3, 1, 2, 1]), sharesOf(WEIGHTS)];
    for (const [backend, share] of changed.entries())
      assert.ok(Math.abs(share - begun[backend]!) < 0.01, `${changed} is not ${begun}`);
    assert.ok(changed[1]! > 0.4, `${changed}`);
  });
