import assert from "node:assert/strict";
import { test } from "node:test";
import type { Impact, TrialRecord } from "../../reports/record.ts";
import type { Row } from "../rows.ts";
import { playTrial } from "./engine.ts";
import { scenarioOf } from "./sketch.ts";
import { plannedTrial } from "./test-trial.ts";
import { playAll } from "./testkit.ts";

type Played = TrialRecord & { readonly impact: Impact };

async function play(over: unknown, algorithm: string, seed = 1): Promise<Played> {
  const scenario = scenarioOf(over);
  const { signal } = new AbortController();
  return (await playTrial(plannedTrial(scenario, algorithm, seed), signal, () => undefined)) as Played;
}

/** The same without faults, played by itself. */
function calmRows(over: object, algorithm: string, seed = 1): readonly Row[] {
  const rows: Row[] = [];
  playAll(scenarioOf({ ...over, faults: [] }), algorithm, seed, (row) => rows.push({ ...row }));
  return rows;
}

const window = { at: "3s", for: "2s", backend: 2 };
/** So many workers that some are at work at any instant. */
const busy = { backends: { workers: 8 } };
const sum = (impact: Impact, of: (phase: Impact["phases"]["during"]) => number | null): number =>
  Object.values(impact.phases).reduce((total, phase) => total + (of(phase) ?? 0), 0);

test("a backend that answers 500 under round-robin loses exactly the requests that its turn gave it", async () => {
  const over = { faults: [{ ...window, type: "error", status: 500 }] };
  const { faults, impact, counts } = await play(over, "round-robin");
  // It answers wrongly, but as fast as ever: the play without the fault knows who would have begun when.
  const its = calmRows(over, "round-robin").filter(({ backend, dueUs, queueUs }) => {
    const startMs = (dueUs + queueUs) / 1_000;
    return backend === 2 && startMs >= 3_000 && startMs < 5_000;
  });
  assert.ok(its.length > 80);
  assert.equal(faults[0]?.lost, its.length);
  assert.deepEqual(faults[0]?.lostBy, { connect: 0, midFlight: 0, timeout: 0, wrongStatus: its.length });
  assert.equal(impact.counterfactual?.extraFailures, its.length);
  assert.equal(impact.counterfactual?.excessWaitMs, 0, "nobody waits for a wrong answer");
  assert.equal(counts.httpError, its.length);
  assert.ok(Math.abs((impact.budgetBurnt ?? 0) - its.length / (0.001 * counts.scheduled)) < 1e-9);
});

test("a crash without retries loses what the backend was at and what is refused until it is noticed", async () => {
  const over = {
    ...busy,
    contestants: { overlays: { "retry-budget": { ratio: 0, minPerSecond: 0 } } },
    faults: [{ ...window, type: "crash" }],
  };
  const algorithm = "round-robin+retry-budget";
  const { faults, impact } = await play(over, algorithm, 3);
  const under = calmRows(over, algorithm, 3).filter(
    ({ backend, dueUs, endedUs }) => backend === 2 && dueUs < 3_000_000 && endedUs >= 3_000_000,
  );
  let refused = 0;
  playAll(scenarioOf(over), algorithm, 3, () => undefined, {
    attempt(backend, atMs, reached, k) {
      if (backend === 2 && k >= 0 && atMs >= 3_000 && !reached) refused += 1;
    },
  });
  assert.ok(under.length > 0, "a seed with work at the backend when it dies");
  const [fault] = faults;
  assert.deepEqual(fault?.lostBy, { connect: refused, midFlight: under.length, timeout: 0, wrongStatus: 0 });
  assert.equal(fault?.drainErrors, under.length);
  assert.equal(impact.phases.during.failed, refused + under.length);
  assert.equal(impact.phases.before.failed, 0);
  assert.equal(
    sum(impact, ({ retries }) => retries),
    0,
  );
  assert.equal(
    sum(impact, ({ attempts }) => attempts),
    sum(impact, ({ requests }) => requests),
  );
});

test("with retries nothing is lost, and every one of them is an attempt more", async () => {
  const { impact, faults } = await play(
    { ...busy, faults: [{ ...window, type: "crash" }] },
    "round-robin",
    3,
  );
  const retries = sum(impact, (phase) => phase.retries);
  assert.equal(faults[0]?.lost, 0);
  assert.ok(retries >= 2, "what it was at, and what it refused");
  assert.equal(
    sum(impact, ({ attempts }) => attempts),
    sum(impact, ({ requests }) => requests) + retries,
  );
  assert.equal(impact.phases.during.retries, retries);
});

test("before the first fault the play without it is the same to the last bit", async () => {
  const faults = [{ ...window, type: "slow", factor: 3 }];
  const { impact, faults: measured } = await play({ faults }, "least-connections");
  assert.equal(impact.counterfactual?.beforeMs, 0);
  assert.ok((impact.counterfactual?.excessMs ?? 0) > 0);
  assert.equal(measured[0]?.recoveredBy, "counterfactual");
});

test("recovery from one crash is nearly the same whatever the seed: when the backend is back", async () => {
  const over = {
    traffic: { duration: "20s", arrivals: { type: "poisson", load: 0.6 } },
    faults: [{ ...window, type: "crash" }],
  };
  for (let seed = 1; seed <= 8; seed++) {
    const { faults } = await play(over, "round-robin", seed);
    const after = faults[0]?.recoveredAfterMs ?? 0;
    // Parity leaves it alone for 10 s after the failure.
    assert.ok(after > 7_500 && after < 10_800, `${after} ms with seed ${seed}`);
  }
});

test("a crash moves the keys of its backend and no others by consistent hashing, and many by a remainder", async () => {
  const over = { faults: [{ ...window, type: "crash" }], traffic: { clients: 200 } };
  const ring = (await play(over, "rendezvous")).impact.keysMoved;
  const rows = calmRows(over, "rendezvous");
  const clients = (fromMs: number, toMs: number) =>
    new Set(
      rows.filter(({ dueUs }) => dueUs >= fromMs * 1_000 && dueUs < toMs * 1_000).map((row) => row.client),
    );
  const during = clients(3_000, 5_000);
  const both = [...clients(0, 3_000)].filter((client) => during.has(client));
  const its = new Set(rows.filter(({ backend }) => backend === 2).map(({ client }) => client));
  assert.deepEqual(
    [ring?.keys, ring?.during, ring?.needless],
    [both.length, both.filter((client) => its.has(client)).length / both.length, 0],
  );
  const remainder = (await play(over, "hash-modulo")).impact.keysMoved;
  // Of four, whose remainder by three is another backend than that by four: two thirds and more.
  assert.ok((remainder?.needless ?? 0) > 0.5, `${remainder?.needless}`);
  assert.equal((await play(over, "round-robin")).impact.keysMoved, null);
});

test("what stands by is not detected but not in use, and its crash costs nothing", async () => {
  const over = {
    backends: { override: [{ backend: 4, priority: 1 }] },
    faults: [{ ...window, backend: 4, type: "crash" }],
  };
  const { faults, impact } = await play(over, "round-robin+priority");
  const [fault] = faults;
  assert.deepEqual([fault?.detection, fault?.return], ["not-in-use", "not-in-use"]);
  assert.deepEqual([fault?.detectedAfterMs, fault?.returnedAfterMs], [null, null]);
  assert.deepEqual([impact.counterfactual?.excessWaitMs, fault?.recoveredAfterMs], [0, 0]);
});

test("windows that repeat and coincide each have their numbers, and together those of the trial", async () => {
  const faults = [
    { at: "2s", for: "500ms", backend: 1, type: "pause" },
    { at: "2s", for: "500ms", backend: 2, type: "pause" },
    { at: "4s", for: "500ms", backend: 1, type: "pause" },
    { at: "6s", for: "500ms", backend: 1, type: "pause" },
  ];
  const { faults: each, impact } = await play({ faults }, "round-robin");
  const lengths = Object.values(impact.phases).map(({ seconds }) => seconds);
  assert.deepEqual(lengths, [2, 1.5, 3, 3.5]);
  assert.deepEqual(each[0]?.excess, each[1]?.excess);
  const total = each.slice(1).reduce((all, { excess }) => all + (excess?.excessWaitMs ?? 0), 0);
  assert.ok(Math.abs(total - (impact.counterfactual?.excessWaitMs ?? 0)) < 1e-6);
  assert.ok(
    each.every(({ recovery }) => recovery === "seen"),
    JSON.stringify(each.map((f) => f.recovery)),
  );
});

test("a closed loop has no requests to pair, and a trial that asks for none has no counterfactual", async () => {
  const over = { faults: [{ ...window, type: "crash" }] };
  const closed = { ...over, traffic: { model: "closed", connections: 4, warmup: "1s", duration: "10s" } };
  assert.equal((await play(closed, "round-robin")).impact.counterfactual, null);
  const trial = { ...plannedTrial(scenarioOf(over), "round-robin", 1), counterfactual: false };
  const { impact, faults } = await playTrial(trial, new AbortController().signal, () => undefined);
  assert.equal(impact?.counterfactual, null);
  assert.deepEqual([faults[0]?.excess, faults[0]?.recoveredBy], [null, "band"]);
});
