import assert from "node:assert/strict";
import { test } from "node:test";
import { OUTCOMES, type Row } from "../rows.ts";
import { scenarioOf } from "./sketch.ts";
import { playAll } from "./testkit.ts";

const FROM_MS = 2_000;
const TO_MS = 5_000;

/** Four backends of which the second has a fault from 2 s to 5 s; round robin, at half of what they can do. */
function play(fault: object, more: object = {}): readonly Row[] {
  const rows: Row[] = [];
  const scenario = scenarioOf({
    faults: [{ at: "2s", for: "3s", backend: 2, ...fault }],
    ...more,
  });
  playAll(scenario, "round-robin", 1, (row) => rows.push({ ...row }));
  return rows;
}
const during = (rows: readonly Row[]): readonly Row[] =>
  rows.filter(({ dueUs }) => dueUs >= FROM_MS * 1_000 && dueUs < (TO_MS - 500) * 1_000);
const outcomes = (rows: readonly Row[]): readonly string[] =>
  [...new Set(rows.map(({ outcome, status }) => `${OUTCOMES[outcome]} ${status}`))].sort();

/** What a client sees of the fault, through the builtin proxy. */
const SEEN: readonly (readonly [name: string, fault: object, outcomes: readonly string[]])[] = [
  ["abort", { type: "abort", status: 503 }, ["httpError 503", "ok 200"]],
  ["its older name", { type: "error", status: 503 }, ["httpError 503", "ok 200"]],
  ["malformed", { type: "malformed" }, ["httpError 502", "ok 200"]],
  [
    "a bad chunk, whose head is good",
    { type: "malformed", kind: "bad-chunk" },
    ["connectionError 0", "ok 200"],
  ],
  ["truncate", { type: "truncate" }, ["connectionError 0", "ok 200"]],
  ["a reset in the body", { type: "reset", stage: "body" }, ["connectionError 0", "ok 200"]],
  ["a reset on accepting, tried again", { type: "reset", stage: "accept" }, ["ok 200"]],
  ["refuse, tried again", { type: "refuse" }, ["ok 200"]],
  ["unreachable, tried again", { type: "unreachable" }, ["ok 200"]],
  ["a restart, tried again", { type: "restart" }, ["ok 200"]],
  ["slow-close", { type: "slow-close", delay: "10ms" }, ["ok 200"]],
  ["reload", { type: "reload" }, ["ok 200"]],
];
for (const [name, fault, seen] of SEEN)
  test(`simulated, what a client sees of ${name} is what it sees on the wire`, () => {
    assert.deepEqual(outcomes(during(play(fault))), seen);
  });

test("an unreachable backend costs the connect timeout, a refusing one nothing", () => {
  const longest = (rows: readonly Row[]): number =>
    Math.max(...during(rows).map(({ dueUs, endedUs }) => (endedUs - dueUs) / 1_000));
  assert.ok(longest(play({ type: "unreachable" })) >= 1_000);
  assert.ok(longest(play({ type: "refuse" })) < 1_000);
});

test("a scope keeps a fault to its paths and methods", () => {
  const traffic = {
    requests: [
      { name: "a", method: "GET", path: "/catalogue/?page=2" },
      { name: "b", method: "GET", path: "/healthz/" },
    ],
  };
  const rows = during(play({ type: "abort", paths: ["/catalogue/*"] }, { traffic }));
  const failed = rows.filter(({ status }) => status === 500);
  assert.ok(failed.length > 0 && failed.every(({ type }) => type === 0));
  const others = rows.filter(({ type, backend }) => type === 1 && backend === 2);
  assert.ok(others.length > 0);
  assert.deepEqual(outcomes(during(play({ type: "abort", methods: ["POST"] }, { traffic }))), ["ok 200"]);
});

test("drip and bandwidth make an answer later by their time, abort before the service makes it none", () => {
  const served = (fault: object, path: string): readonly number[] =>
    during(
      play(fault, { traffic: { arrivals: { load: 0.05 }, requests: [{ name: "a", method: "GET", path }] } }),
    )
      .filter(({ backend }) => backend === 2)
      .map(({ serviceUs }) => serviceUs);
  assert.ok(served({ type: "drip", over: "50ms" }, "/healthz/").every((us) => us > 50_000));
  // The catalogue has 24 kB.
  assert.ok(served({ type: "bandwidth", rate: 240 }, "/catalogue/").every((us) => us > 95_000));
  assert.ok(served({ type: "abort", when: "before" }, "/healthz/").every((us) => us === 0));
});

test("a short backlog delays by whole seconds those who find it full, and nobody else", () => {
  const rows = during(
    play({ type: "backlog", size: 0 }, { traffic: { arrivals: { type: "poisson", load: 0.9 } } }),
  );
  const queues = rows.filter(({ backend }) => backend === 2).map(({ queueUs }) => queueUs / 1_000);
  assert.ok(queues.some((ms) => ms >= 1_000));
  assert.ok(queues.some((ms) => ms < 1_000));
});

test("a fault at all backends one after the other, and one that comes and goes, act in each of their windows", () => {
  const failed = (fault: object): readonly (readonly [number, number])[] =>
    play({ type: "abort", for: "500ms", ...fault })
      .filter(({ status }) => status === 500)
      .map(({ backend, dueUs, queueUs }) => [backend, Math.floor((dueUs + queueUs) / 1_000_000)] as const);
  const rolling = failed({ backend: "all", stagger: "1s" });
  assert.deepEqual([...new Set(rolling.map(([backend, second]) => `${backend} in ${second}`))].sort(), [
    "1 in 2",
    "2 in 3",
    "3 in 4",
    "4 in 5",
  ]);
  const flapping = failed({ repeat: { up: "1500ms", times: 2 } });
  assert.deepEqual([...new Set(flapping.map(([, second]) => second))].sort(), [2, 4]);
});
