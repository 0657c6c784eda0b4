import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { row } from "../../measure/test-rows.ts";
import type { Row } from "../../rows.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { createWork } from "../../traffic/work.ts";
import { algorithmOf, playToEnd } from "../virtual/play-to-end.ts";
import { medianHopUs, replay } from "./replay.ts";

const scenario = scenarioOf({
  traffic: { arrivals: { load: 0.8 }, warmup: "0ms", duration: "5s", timeout: "100s" },
});
const works = createWork(scenario.traffic, scenario.backends.service, 3);
const demandUs = ({ k }: Row): number => works.of(k).demandUs;

async function simulated(algorithm: string): Promise<Row[]> {
  const rows: Row[] = [];
  const listener = { row: (each: Row) => void rows.push({ ...each }) };
  await playToEnd(
    { scenario, algorithm: algorithmOf(algorithm), seed: 3 },
    listener,
    new AbortController().signal,
  );
  return rows;
}

test("the replay of a simulated trial gives every request exactly its time, whatever the rule and the order of the rows", async () => {
  for (const algorithm of ["random", "least-connections"]) {
    const rows = await simulated(algorithm);
    assert.ok(rows.length > 1_000);
    for (const { k, latencyUs, expectedUs, hopUs } of replay(rows.reverse(), demandUs)) {
      assert.ok(
        Math.abs(latencyUs - expectedUs) < 1e-3,
        `request ${k}: ${latencyUs} us, replayed ${expectedUs} us`,
      );
      // Reported times are whole microseconds.
      assert.ok(Math.abs(hopUs) <= 1.5);
    }
  }
});

test("a hop and a lag do not change what a request should have taken", async () => {
  const rows = await simulated("round-robin");
  const plain = replay(rows, demandUs).map(({ expectedUs }) => expectedUs);
  const late = rows.map((each) => ({ ...each, lagUs: 70, endedUs: each.endedUs + 370 }));
  const replayed = replay(late, demandUs);
  assert.deepEqual(
    replayed.map(({ expectedUs }) => expectedUs),
    plain,
  );
  assert.ok(Math.abs(medianHopUs(replayed) - 300) <= 1.5);
});

test("a backend that works slower than it should shows: the replay asks the demands, not the backend", async () => {
  const slow = replay(await simulated("random"), (each) => demandUs(each) / 2);
  assert.ok(slow.every(({ expectedUs, latencyUs }) => expectedUs < latencyUs));
});

test("work from before the window is what the first request of a backend waited for", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50_000 }), (queueUs) => {
      const first = row({ k: 0, queueUs, serviceUs: 5_000, lagUs: 0, endedUs: queueUs + 5_000 });
      const next = row({
        k: 1,
        dueUs: 10,
        queueUs: queueUs + 4_990,
        serviceUs: 1_000,
        lagUs: 0,
        endedUs: queueUs + 6_000,
      });
      const [one, two] = replay([first, next], ({ k }) => (k === 0 ? 5_000 : 1_000));
      assert.equal(one?.expectedUs, queueUs + 5_000);
      assert.equal(two?.expectedUs, queueUs + 5_990);
    }),
  );
});

test("a request that failed is refused: its place in the queue is not known", () => {
  assert.throws(() => replay([row({ outcome: "timeout" })], () => 1), /request 0 did not succeed/);
});
