import assert from "node:assert/strict";
import { test } from "node:test";
import { merge } from "./merge.ts";
import { validate } from "./validate.ts";

const BASE = {
  name: "test",
  title: "Test",
  backends: { count: 2, service: { type: "exponential", mean: "10ms" } },
  traffic: { model: "open", arrivals: { type: "poisson", load: 0.5 } },
  contestants: { balancers: ["builtin"] },
};
const PARTS = { cpu: { type: "constant", value: "5ms" }, io: { type: "constant", value: "5ms" } };

function findings(backends: object): readonly string[] {
  const { findings: found } = validate(merge(BASE, { backends }), {
    algorithms: ["round-robin"],
    durationFrom: undefined,
  });
  return found.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const WRONG: readonly (readonly [string, object, RegExp])[] = [
  [
    "threads of a sync worker",
    { threads: 2 },
    /^backends\.threads: gunicorn turns sync with threads into gthread/,
  ],
  [
    "threads of an event loop",
    { mode: "async", threads: 2 },
    /^backends\.threads: an event loop has no threads/,
  ],
  [
    "many connections of a sync worker",
    { workerConnections: 5 },
    /^backends\.workerConnections: a sync worker takes one/,
  ],
  [
    "a timeout of threads",
    { mode: "gthread", timeout: "3s" },
    /^backends\.timeout: gunicorn never kills a gthread worker/,
  ],
  ["a lock without threads", { gil: {} }, /^backends\.gil: only threads compete/],
  [
    "a jitter of nothing",
    { maxRequestsJitter: 5 },
    /^backends\.maxRequestsJitter: comes on top of maxRequests/,
  ],
  [
    "a database that nobody asks",
    { database: { pool: 2 } },
    /^backends\.database: no request ever takes a connection/,
  ],
];

for (const [what, backends, expected] of WRONG) {
  test(`is refused: ${what}`, () => {
    const found = findings(backends);
    assert.equal(found.length, 1);
    assert.match(found[0] as string, expected);
  });
}

test("a whole gunicorn is accepted", () => {
  const gunicorn = {
    mode: "gthread",
    workers: 2,
    threads: 4,
    cores: 2,
    gil: {},
    backlog: 64,
    workerConnections: 100,
    maxRequests: 1_000,
    maxRequestsJitter: 50,
    boot: { type: "uniform", min: "1s", max: "2s" },
    coldStart: { factor: 3 },
    database: { pool: 4, mode: "fail-fast" },
    gcPause: { every: { type: "exponential", mean: "10s" }, for: { type: "constant", value: "50ms" } },
    overhead: "300us",
    service: PARTS,
  };
  assert.deepEqual(findings(gunicorn), []);
});

test("parts of a service demand replace a distribution, and are replaced by one", () => {
  const parts = merge(BASE, { backends: { service: PARTS } });
  assert.deepEqual((parts as typeof BASE).backends.service, PARTS);
  assert.deepEqual(merge(parts, BASE), BASE);
});
