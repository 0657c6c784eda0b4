import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tuning } from "../../balancers/balancer.ts";
import type { Row } from "../rows.ts";
import { scenarioOf } from "./sketch.ts";
import { playAll } from "./testkit.ts";

const rowsOf = (over: unknown, algorithm: string, tuning: Tuning = "parity"): Row[] => {
  const rows: Row[] = [];
  playAll(scenarioOf(over), algorithm, 1, (row) => rows.push({ ...row }), {}, tuning);
  return rows.sort((a, b) => a.k - b.k);
};

/** Event by event, and never at its limit. */
const ENDLESS = { backlog: 1_000_000 };

const SETTINGS: readonly {
  readonly what: string;
  readonly over: object;
  readonly algorithm: string;
  readonly tuning?: Tuning;
}[] = [
  { what: "workers that share a queue", over: { backends: { workers: 3 } }, algorithm: "least-connections" },
  { what: "threads", over: { backends: { mode: "gthread", workers: 2, threads: 2 } }, algorithm: "random" },
  { what: "a hop", over: { network: { hop: "3ms" } }, algorithm: "peak-ewma" },
  { what: "probes", over: { network: { hop: "1ms" } }, algorithm: "prequal" },
  { what: "health checks", over: {}, algorithm: "round-robin", tuning: "native" },
  {
    what: "second copies",
    over: { traffic: { arrivals: { type: "poisson", load: 0.8 } } },
    algorithm: "random+hedging",
  },
  { what: "a limit", over: { backends: { count: 1 } }, algorithm: "first+concurrency-limit" },
  {
    what: "users who think",
    over: {
      backends: { count: 2 },
      traffic: { model: "closed", connections: 8, think: "5ms", warmup: "1s", duration: "10s" },
    },
    algorithm: "least-connections",
  },
  {
    what: "accidents of all kinds",
    over: {
      backends: { workers: 2 },
      traffic: { timeout: "1s" },
      faults: [
        { type: "crash", at: "1s", for: "1s", backend: 1 },
        { type: "pause", at: "2s", for: "500ms", backend: 2 },
        { type: "hang", at: "3s", for: "1s", backend: 3, share: 0.3 },
        { type: "reset", at: "4s", for: "1s", backend: 4, share: 0.5 },
        { type: "error", at: "5s", for: "1s", backend: 1, status: 503, share: 0.5 },
        { type: "slow", at: "6s", for: "1s", backend: 2, factor: 3 },
        { type: "empty-reply", at: "7s", for: "1s", backend: 3, share: 0.5 },
        { type: "pause", at: "8s", for: "300ms", backend: 4 },
      ],
    },
    algorithm: "power-of-two-choices+hedging",
    tuning: "native",
  },
];

for (const { what, over, algorithm, tuning } of SETTINGS) {
  test(`event by event, without limits, every row is the same: ${what}`, () => {
    const plain = rowsOf(over, algorithm, tuning);
    const { backends = {}, ...rest } = over as { backends?: object };
    const found = rowsOf({ ...rest, backends: { ...backends, ...ENDLESS } }, algorithm, tuning);
    assert.ok(plain.length > 500);
    assert.deepEqual(found, plain);
  });
}

const okShare = (rows: readonly Row[]): number =>
  rows.filter(({ status }) => status === 200).length / rows.length;
const meanMs = (rows: readonly Row[]): number =>
  rows.reduce((sum, { endedUs, dueUs }) => sum + endedUs - dueUs, 0) / rows.length / 1_000;

test("few slow clients take all sync workers, threads for a while, and an event loop does not notice them", () => {
  const requests = [
    { name: "quick", weight: 99 },
    { name: "slow", clientDelay: "1s" },
  ];
  const quickMs = (mode: string): number => {
    const backends = { count: 2, mode, workers: 4, service: { type: "constant", value: "4ms" } };
    const traffic = { requests, arrivals: { type: "poisson", load: 0.4 }, timeout: "30s" };
    return meanMs(rowsOf({ backends, traffic }, "round-robin").filter(({ type }) => type === 0));
  };
  // Four slots of a backend are held by 400 x 1 % x 1 s = 4 slow clients on average.
  assert.ok(quickMs("sync") > 200);
  assert.ok(quickMs("async") < 12);
});

test("a backend that comes back after a crash is cold, and its luck is the same for every contestant", () => {
  const over = {
    backends: { count: 2, coldStart: { factor: 20, hits: 30 }, service: { type: "constant", value: "5ms" } },
    traffic: { arrivals: { type: "poisson", load: 0.3 }, duration: "20s" },
    faults: [{ type: "crash", at: "2s", for: "500ms", backend: 1 }],
  };
  const slowAfter = (fromMs: number, algorithm: string): number =>
    rowsOf(over, algorithm).filter(
      ({ backend, serviceUs, endedUs }) => backend === 1 && serviceUs > 50_000 && endedUs > fromMs * 1_000,
    ).length;
  assert.equal(slowAfter(2_500, "round-robin"), 30);
  assert.equal(slowAfter(2_500, "least-connections"), 30);
});

test("a timeout of the worker is seen at the balancer: an empty reply is 502, gunicorn's own answer is 500", () => {
  const over = (timeoutLook: string): object => ({
    backends: { count: 2, timeout: "1s", timeoutLook, boot: "100ms" },
    traffic: { requests: [{ name: "order", method: "POST", body: "x" }], timeout: "10s" },
    faults: [{ type: "hang", at: "2s", for: "5s", backend: 1, share: 0.01 }],
  });
  for (const [look, status] of [
    ["empty", 502],
    ["500", 500],
  ] as const) {
    const failed = rowsOf(over(look), "round-robin").filter((row) => row.status !== 200);
    assert.ok(failed.length > 0);
    assert.ok(
      failed.some((row) => row.status === status && row.endedUs - row.dueUs < 2_200_000),
      failed.map((row) => row.status).join(" "),
    );
  }
});

test("overload is latency: a full backlog answers nobody with an error", () => {
  const over = {
    backends: { count: 1, backlog: 8, service: { type: "constant", value: "10ms" } },
    traffic: { arrivals: { type: "poisson", load: 1.3 }, timeout: "60s" },
  };
  const rows = rowsOf(over, "round-robin", "parity");
  assert.equal(okShare(rows.filter(({ status }) => status !== 504)), 1);
});
