import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row } from "../rows.ts";
import { scenarioOf } from "./sketch.ts";
import { playAll } from "./testkit.ts";

const CHANGES = [
  { change: "add", at: "2s", backend: 4 },
  { change: "remove", at: "4s", backend: 1 },
  { change: "weight", at: "6s", backend: 2, weight: 8 },
  { change: "add", at: "8s", backend: 1 },
];

/** Shares of the four backends in the requests due from a second on until another, in percent. */
function shares(rows: readonly Row[], from: number, to: number): number[] {
  const seen = rows.filter(({ dueUs }) => dueUs >= from * 1e6 && dueUs < to * 1e6);
  return [1, 2, 3, 4].map((id) => (100 * seen.filter(({ backend }) => backend === id).length) / seen.length);
}

function rowsOf(algorithm: string, over: object = {}): Row[] {
  const rows: Row[] = [];
  const scenario = scenarioOf({ membership: CHANGES, ...over });
  playAll(scenario, algorithm, 1, (row) => rows.push({ ...row }));
  return rows;
}

for (const algorithm of ["round-robin", "least-connections", "maglev", "consistent-hash", "prequal"])
  test(`with ${algorithm} a backend gets requests from when it is added until it is removed`, () => {
    const rows = rowsOf(algorithm);
    assert.equal(shares(rows, 0, 2)[3], 0);
    assert.ok(shares(rows, 2, 4).every((share) => share > 0));
    assert.equal(shares(rows, 4, 8)[0], 0);
    assert.ok((shares(rows, 8, 10)[0] as number) > 0);
    assert.ok(
      rows.every(({ status }) => status === 200),
      "what a removed backend has in flight it finishes",
    );
  });

for (const algorithm of ["weighted-round-robin", "weighted-random", "earliest-deadline"])
  test(`${algorithm} follows a weight from when it is changed`, () => {
    const rows = rowsOf(algorithm, {
      traffic: { arrivals: { type: "poisson", load: 0.1 }, duration: "100s" },
    });
    const [, second, third] = shares(rows, 4, 6) as [number, number, number];
    assert.ok(second < 2 * third);
    const [, heavy] = shares(rows, 6.1, 8) as [number, number];
    assert.ok(heavy > 65 && heavy < 95, `${heavy} % instead of 80`);
  });

for (const algorithm of ["consistent-hash", "bounded-load-hash", "maglev", "rendezvous"])
  test(`the keys of ${algorithm} follow a weight from when it is changed`, () => {
    const rows = rowsOf(algorithm, { traffic: { clients: 4_000 } });
    const [, before] = shares(rows, 4, 6) as [number, number];
    const [, after] = shares(rows, 6, 8) as [number, number];
    assert.ok(before < 45, `${before} %`);
    assert.ok(after > 60, `${after} %`);
  });

test("every instance of a balancer learns of a change", () => {
  const rows = rowsOf("random", { contestants: { instances: 5 } });
  assert.equal(shares(rows, 0, 2)[3], 0);
  assert.equal(shares(rows, 4, 8)[0], 0);
});

test("who is removed stays away although it passes its checks", () => {
  const rows: Row[] = [];
  const scenario = scenarioOf({
    membership: [{ change: "remove", at: "2s", backend: 1 }],
    faults: [{ type: "crash", at: "0s", for: "1s", backend: 1 }],
    traffic: { duration: "20s" },
  });
  playAll(scenario, "round-robin", 1, (row) => rows.push({ ...row }), {}, "native");
  assert.equal(shares(rows, 2, 20)[0], 0);
});
