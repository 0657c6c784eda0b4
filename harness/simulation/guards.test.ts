import assert from "node:assert/strict";
import { test } from "node:test";
import { OUTCOMES, type Row } from "../rows.ts";
import { scenarioOf } from "./sketch.ts";
import { playAll } from "./testkit.ts";

interface Played {
  readonly rows: readonly Row[];
  /** By position of the backend; warm-up included. */
  readonly attempts: readonly { readonly backend: number; readonly atMs: number }[];
}

function play(scenario: ReturnType<typeof scenarioOf>, name: string, seed = 1): Played {
  const rows: Row[] = [];
  const attempts: { backend: number; atMs: number }[] = [];
  playAll(scenario, name, seed, (row) => rows.push({ ...row }), {
    attempt: (backend, atMs) => attempts.push({ backend, atMs }),
  });
  return { rows, attempts };
}

const latencies = (rows: readonly Row[]): number[] =>
  rows.map(({ dueUs, endedUs }) => (endedUs - dueUs) / 1_000).sort((a, b) => a - b);
const quantile = (rows: readonly Row[], q: number): number => latencies(rows)[Math.floor(q * rows.length)]!;
const failed = (rows: readonly Row[]): number =>
  rows.filter(({ outcome }) => OUTCOMES[outcome] !== "ok").length / rows.length;

test("hedging rescues what a slow backend holds, for 5 % of the requests at most, and every request ends once", () => {
  const slow = {
    backends: { count: 40, workers: 4, service: { type: "constant", value: "20ms" } },
    traffic: { arrivals: { type: "poisson", load: 0.15 } },
    faults: [{ type: "slow", at: "0s", for: "10s", backend: 3, factor: 5 }],
  };
  const alone = play(scenarioOf(slow), "random");
  const hedged = play(scenarioOf(slow), "random+hedging");
  assert.equal(new Set(hedged.rows.map(({ k }) => k)).size, alone.rows.length);
  const extra = hedged.attempts.length - alone.attempts.length;
  assert.ok(extra > 0 && extra <= 0.05 * alone.attempts.length, `${extra} of ${alone.attempts.length}`);
  // One request in forty meets it.
  const [before, after] = [quantile(alone.rows, 0.98), quantile(hedged.rows, 0.98)];
  assert.ok(before >= 100 && after < 50, `p98 ${before} ms alone, ${after} ms hedged`);
  assert.deepEqual(play(scenarioOf(slow), "random+hedging"), hedged, "the same seed gives the same rows");
});

test("a cancelled attempt is in flight no more: its backend gets its share again when it is fast again", () => {
  const scenario = scenarioOf({
    backends: { count: 10, workers: 4, service: { type: "constant", value: "20ms" } },
    traffic: { arrivals: { type: "poisson", load: 0.3 }, duration: "20s" },
    faults: [{ type: "slow", at: "0s", for: "10s", backend: 3, factor: 10 }],
  });
  const { attempts, rows } = play(scenario, "random+hedging");
  assert.ok(attempts.length > rows.length);
  const { attempts: byLoad } = play(scenario, "least-connections+hedging");
  const late = byLoad.filter(({ atMs }) => atMs > 12_000);
  const share = late.filter(({ backend }) => backend === 3).length / late.length;
  assert.ok(Math.abs(share - 0.1) < 0.02, `${share}`);
});

test("what must not be done twice is sent once, hedged or not", () => {
  const post = { name: "order", method: "POST", path: "/order/", body: "x" };
  const scenario = scenarioOf({
    backends: { count: 4, service: { type: "exponential", mean: "20ms" } },
    traffic: { requests: [post] },
  });
  assert.deepEqual(play(scenario, "random+hedging"), play(scenario, "random"));
});

test("a copy that fails leaves the other one alone: what is cut with a crash is answered by whoever lives", () => {
  const scenario = scenarioOf({
    backends: { count: 4, workers: 2, service: { type: "exponential", mean: "20ms" } },
    traffic: { duration: "20s" },
    faults: [
      { type: "crash", at: "3s", for: "2s", backend: 2 },
      { type: "hang", at: "8s", for: "1s", backend: 3, share: 0.3 },
      { type: "reset", at: "12s", for: "1s", backend: 1, share: 0.3 },
    ],
  });
  const { rows } = play(scenario, "least-connections+hedging+outlier-ejection");
  const seen = new Set(rows.map(({ k }) => k));
  assert.equal(seen.size, rows.length);
  assert.ok(rows.length > 3_000);
  assert.ok(failed(rows) < 0.01, `${failed(rows)} failed`);
});

test("over the limit it is 503 at once, and what is served waits no longer than the limit allows", () => {
  const scenario = scenarioOf({
    backends: { count: 1, service: { type: "exponential", mean: "10ms" } },
    traffic: { arrivals: { type: "poisson", load: 1.3 }, duration: "300s", timeout: "60s" },
    contestants: { overlays: { "concurrency-limit": { max: 40 } } },
  });
  const { rows } = play(scenario, "random+concurrency-limit");
  const [ok, rejected] = [
    rows.filter(({ status }) => status === 200),
    rows.filter(({ status }) => status === 503),
  ];
  assert.equal(ok.length + rejected.length, rows.length);
  assert.ok(rejected.every(({ dueUs, endedUs, backend }) => dueUs === endedUs && backend === 0));
  assert.ok(
    Math.abs(rejected.length / rows.length - (1 - 1 / 1.3)) < 0.03,
    `${rejected.length / rows.length}`,
  );
  // Forty in the system are an Erlang of forty services: mean 400 ms, deviation 63 ms.
  assert.ok(quantile(ok, 0.99) < 600, `p99 ${quantile(ok, 0.99)} ms`);
  const goodput = (ok.length * 10) / 300_000;
  assert.ok(goodput > 0.96, `goodput ${goodput} of the capacity`);
  const alone = play(scenario, "random");
  assert.ok(quantile(alone.rows, 0.99) > 10_000, "without it the queue grows as long as the run lasts");
});

test("outlier ejection ends a black hole: a backend that fails fast and draws the traffic", () => {
  const hole = scenarioOf({
    backends: { count: 10, override: [{ backend: 4, speed: 50 }] },
    // 0.6 of the nine others: the capacity counts all 59 of the ten.
    traffic: { arrivals: { type: "poisson", load: (0.6 * 9) / 59 }, duration: "20s" },
    faults: [{ type: "error", at: "0s", for: "19s", backend: 4, status: 500 }],
  });
  const share = (name: string): number => failed(play(hole, name).rows);
  assert.ok(share("least-connections") > 0.15);
  assert.ok(share("round-robin") > 0.09);
  for (const name of ["least-connections", "round-robin", "random", "peak-ewma"])
    assert.ok(share(`${name}+outlier-ejection`) < 0.005, name);
});

test("an empty backend that returns cold gets no burst from least-connections with slow start", () => {
  const cold = scenarioOf({
    backends: { count: 10, workers: 16, service: { type: "exponential", mean: "50ms" } },
    traffic: { arrivals: { type: "poisson", load: 0.6 }, duration: "20s" },
    faults: [
      { type: "crash", at: "1s", for: "2s", backend: 10 },
      { type: "slow", at: "3s", for: "10s", backend: 10, factor: 5 },
    ],
    contestants: { overlays: { "slow-start": { window: "10s" } } },
  });
  /** Attempts at the backend among the first hundred after it is taken back. */
  const burst = (name: string): number => {
    const { attempts } = play(cold, name);
    const its = attempts.flatMap(({ backend, atMs }, at) => (backend === 10 && atMs > 10_900 ? [at] : []));
    // The first one was its trial.
    const back = its[1]!;
    return attempts.slice(back, back + 100).filter(({ backend }) => backend === 10).length;
  };
  const [alone, spared] = [burst("least-connections"), burst("least-connections+slow-start")];
  assert.ok(alone >= 10, `${alone} alone`);
  assert.ok(spared <= 4, `${spared} with slow start`);
});

test("a second tier stands by until the first lacks backends", () => {
  const scenario = scenarioOf({
    backends: { count: 4, override: [3, 4].map((backend) => ({ backend, priority: 1 })) },
    traffic: { arrivals: { type: "poisson", load: 0.2 } },
    faults: [1, 2].map((backend) => ({ type: "crash", at: "3s", for: "2s", backend })),
  });
  const { attempts, rows } = play(scenario, "round-robin+priority");
  const later = attempts.filter(({ backend }) => backend > 2).map(({ atMs }) => atMs);
  assert.ok(later.length > 100 && later.every((atMs) => atMs >= 3_000));
  assert.ok(failed(rows) < 0.01);
});

test("a balancer with a subset uses it alone", () => {
  const scenario = scenarioOf({
    traffic: { arrivals: { type: "poisson", load: 0.2 } },
    contestants: { overlays: { subset: { size: 2 } } },
  });
  assert.equal(new Set(play(scenario, "random+subset").attempts.map(({ backend }) => backend)).size, 2);
});

test("a retry budget bounds what a backend that cuts its connections can make of the traffic", () => {
  const traffic = { duration: "30s" };
  const cutting = (overlays: Readonly<Record<string, unknown>>) =>
    scenarioOf({
      traffic,
      faults: [{ type: "reset", at: "0s", for: "29s", backend: 2 }],
      contestants: { overlays },
    });
  // The plain rule would take the backend out at its first cut.
  const name = "round-robin+outlier-ejection+retry-budget";
  const outliers = { "outlier-ejection": { consecutive: 1_000_000, minBackends: 100 } };
  const free = play(cutting({ ...outliers, "retry-budget": { ratio: 1, minPerSecond: 0 } }), name);
  assert.ok(failed(free.rows) < 0.001);
  assert.ok(free.attempts.length > 1.2 * free.rows.length, "a quarter is sent again");
  const tight = play(cutting({ ...outliers, "retry-budget": { ratio: 0.05, minPerSecond: 0 } }), name);
  const sent = play(scenarioOf({ traffic }), "round-robin").attempts.length;
  const retries = tight.attempts.length - sent;
  assert.ok(retries > 0 && retries <= 0.05 * sent, `${retries} retries of ${sent} requests`);
  assert.ok(failed(tight.rows) > 0.15);
});
