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
