/** Laws that hold for every overlay over every algorithm; what an overlay changes when it has something to do is in the tests of each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RequestView } from "../algorithm.ts";
import { algorithms } from "../algorithms/registry.ts";
import type { Attempt } from "../dispatcher.ts";
import { OVERLAY_NAMES } from "../overlay-rules.ts";
import type { Pipeline } from "../pipeline.ts";
import { pipelineOf, type Setting } from "../testing/overlaid.ts";
import { overlays } from "./registry.ts";

const SIZE = 6;
const ENDS = ["answered", "errored", "failed", "abandoned"] as const;
/** Small enough to have something to do among six backends. */
const SETTING: Setting = {
  settings: {
    subset: { size: 4 },
    "outlier-ejection": {
      consecutive: 2,
      interval: 10_000,
      baseTime: 5_000,
      maxTime: 60_000,
      maxEjected: 0.5,
      deviations: 1,
      minBackends: 2,
      minRequests: 3,
    },
  },
  priorities: [0, 0, 0, 1, 1, 2],
  weights: [1, 2, 3, 1, 2, 3],
};

const backend = fc.nat(SIZE - 1);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("start" as const), client: fc.nat(50), again: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      which: fc.nat(),
      end: fc.constantFrom(...ENDS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(8_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("join" as const, "leave" as const), backend }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("add" as const, "remove" as const), backend }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
const history = fc.array(step, { maxLength: 120, size: "max" });

const viewOf = (client: number): RequestView => ({
  clientAddress: `127.0.${client}.1`,
  path: `/${client}`,
  header: () => undefined,
});

/** Plays the steps, ends what is under way then, and gives the picks. The dispatcher itself throws for a pick that is not eligible or was tried, and for an attempt that is settled twice. */
function play({ dispatcher }: Pipeline, steps: readonly Step[]): number[] {
  const gone = new Set<number>();
  const picks: number[] = [];
  const open: Attempt[] = [];
  let now = 0;
  for (const action of steps) {
    if (action.do === "wait") now += action.ms;
    if (action.do === "join" || action.do === "leave") dispatcher[action.do](action.backend, now);
    if (action.do === "add" || action.do === "remove") {
      dispatcher[action.do](action.backend, now);
      gone[action.do === "add" ? "delete" : "add"](action.backend);
    }
    if (action.do === "start") {
      const first = dispatcher.start(viewOf(action.client), now);
      const second =
        first !== null && action.again ? dispatcher.start(viewOf(action.client), now, [first.backend]) : null;
      for (const attempt of [first, second]) {
        if (attempt === null) continue;
        open.push(attempt);
        picks.push(attempt.backend);
        assert.ok(!gone.has(attempt.backend), "sent to one that was removed");
      }
      assert.equal(first === null, dispatcher.pool.eligible.length === 0);
    }
    if (action.do === "settle" && open.length > 0)
      dispatcher.settle(open.splice(action.which % open.length, 1)[0] as Attempt, action.end, now);
    const counts = Array.from({ length: SIZE }, (_, at) => open.filter((each) => each.backend === at).length);
    assert.deepEqual([...dispatcher.pool.inflight], counts);
  }
  for (const attempt of open) dispatcher.settle(attempt, "answered", now);
  return picks;
}

test("every overlay says what it is and where it is from, and has a default for every parameter", () => {
  const names = overlays.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)].sort());
  for (const { name, summary, reference, schema } of overlays) {
    assert.match(name, /^[a-z]+(-[a-z]+)*$/);
    assert.match(summary, /^[a-z].*[^.]$/);
    assert.ok(reference.length > 0);
    const parsed: object = schema.parse({});
    assert.deepEqual(Object.keys(parsed).sort(), Object.keys(schema.shape).sort());
    for (const value of Object.values(parsed)) assert.equal(typeof value, "number");
  }
});

for (const { name } of algorithms) {
  test(`${name} with any overlay, and with all of them, picks who is eligible and untried, and keeps exact counts`, () => {
    for (const composed of [...OVERLAY_NAMES.map((overlay) => `${name}+${overlay}`), all(name)]) {
      fc.assert(
        fc.property(history, fc.integer(), (steps, seed) => {
          play(pipelineOf(composed, SIZE, { ...SETTING, seed }), steps);
        }),
        { numRuns: 15 },
      );
    }
  });

  test(`${name} with all overlays makes the same picks from the same seed and events`, () => {
    fc.assert(
      fc.property(history, history, fc.integer(), (steps, others, seed) => {
        const first = play(pipelineOf(all(name), SIZE, { ...SETTING, seed }), steps);
        const second = pipelineOf(all(name), SIZE, { ...SETTING, seed });
        play(pipelineOf(all(name), SIZE, { ...SETTING, seed: seed + 1 }), others);
        assert.deepEqual(play(second, steps), first);
      }),
      { numRuns: 10 },
    );
  });

  test(`${name} makes the picks that it makes alone while nothing leaves and nothing fails, whatever overlays are with it`, () => {
    const calm = OVERLAY_NAMES.filter((overlay) => overlay !== "subset");
    fc.assert(
      fc.property(history, fc.integer(), (steps, seed) => {
        const peaceful = steps.flatMap((action): Step[] => {
          if (["join", "leave", "add", "remove"].includes(action.do)) return [];
          return [action.do === "settle" ? { ...action, end: "answered" } : action];
        });
        const alone = play(pipelineOf(name, SIZE, { weights: SETTING.weights!, seed }), peaceful);
        const composed = pipelineOf([name, ...calm].join("+"), SIZE, { weights: SETTING.weights!, seed });
        assert.deepEqual(play(composed, peaceful), alone);
      }),
      { numRuns: 20 },
    );
  });
}

/** Algorithms and overlays by whose very rule some backends stand by. */
const STAND_BY = { algorithms: ["first", "shortest-expected-delay"], overlays: ["subset", "priority"] };

test("after any history of leaves and failures every backend is used again, whatever chooses and whatever overlay is with it", () => {
  for (const { name } of algorithms.filter((each) => !STAND_BY.algorithms.includes(each.name))) {
    for (const overlay of OVERLAY_NAMES.filter((each) => !STAND_BY.overlays.includes(each))) {
      fc.assert(
        fc.property(history, fc.integer(), (steps, seed) => {
          const pipeline = pipelineOf(`${name}+${overlay}`, SIZE, { ...SETTING, seed });
          const { dispatcher } = pipeline;
          play(pipeline, steps);
          // Longer than any ejection and any window; only the last one needs a request to end its trial.
          const now = 3_600_000;
          for (let at = 0; at < SIZE; at++) {
            dispatcher.add(at, now);
            dispatcher.join(at, now);
          }
          const used = new Set<number>();
          for (let k = 0; k < 2_000 && used.size < SIZE; k++) {
            const attempt = dispatcher.start(viewOf(k), now + 1_000 * k) as Attempt;
            used.add(attempt.backend);
            dispatcher.settle(attempt, "answered", now + 1_000 * k + 10);
          }
          assert.equal(used.size, SIZE);
        }),
        { numRuns: 8 },
      );
    }
  }
});

function all(name: string): string {
  return [name, ...OVERLAY_NAMES].join("+");
}
