import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Pool } from "../../balancers/algorithm.ts";
import { OUTCOMES, ROW_BYTES, type Row, writeRow } from "../rows.ts";
import { createThink } from "../traffic/think.ts";
import { createWork } from "../traffic/work.ts";
import { playVirtual } from "./play.ts";
import { scenarioOf } from "./sketch.ts";
import { playAll } from "./testkit.ts";

const rowsOf = (scenario: ReturnType<typeof scenarioOf>, algorithm: string, seed = 1): Row[] => {
  const rows: Row[] = [];
  playAll(scenario, algorithm, seed, (row) => rows.push({ ...row }));
  return rows;
};
const named = (rows: readonly Row[], outcome: (typeof OUTCOMES)[number]): readonly Row[] =>
  rows.filter((row) => OUTCOMES[row.outcome] === outcome);

test("the same seed gives the same bytes, another seed other ones", () => {
  const scenario = scenarioOf({ faults: [{ type: "crash", at: "3s", for: "2s", backend: 2 }] });
  const digest = (seed: number): string => {
    const hash = createHash("sha256");
    const bytes = Buffer.alloc(ROW_BYTES);
    playAll(scenario, "power-of-two-choices", seed, (row) => {
      writeRow(bytes, 0, row);
      hash.update(bytes);
    });
    return hash.digest("hex");
  };
  assert.equal(digest(1), digest(1));
  assert.notEqual(digest(1), digest(2));
});

test("request k has the arrival, the type and the demand that the live generator gives it, whatever the algorithm", () => {
  const scenario = scenarioOf({});
  const works = createWork(scenario.traffic, scenario.backends.service, 7);
  const byK = (rows: readonly Row[]): readonly Row[] => [...rows].sort((a, b) => a.k - b.k);
  const [some, others] = [rowsOf(scenario, "random", 7), rowsOf(scenario, "least-connections", 7)].map(
    byK,
  ) as [Row[], Row[]];
  assert.ok(some.length > 1_000);
  assert.deepEqual(
    some.map(({ k, dueUs, serviceUs }) => [k, dueUs, serviceUs]),
    others.map(({ k, dueUs, serviceUs }) => [k, dueUs, serviceUs]),
  );
  for (const { k, serviceUs } of some) assert.equal(serviceUs, works.of(k).demandUs);
});

test("every request of the window ends once, and the time in flight is what the rows add up to", () => {
  const scenario = scenarioOf({
    traffic: { timeout: "60ms" },
    faults: [
      { type: "hang", at: "2s", for: "1s", backend: 1, share: 0.5 },
      { type: "pause", at: "5s", for: "500ms", backend: 2 },
    ],
  });
  const seen = new Set<number>();
  let sum = 0;
  const run = playAll(scenario, "round-robin", 1, (row) => {
    assert.ok(!seen.has(row.k));
    seen.add(row.k);
    sum += row.endedUs - row.dueUs;
    assert.ok(row.endedUs - row.dueUs <= 60_000 + 1e-6, "nobody waits longer than the timeout");
  });
  assert.equal(seen.size, run.scheduled);
  assert.equal(run.ended, run.scheduled);
  assert.ok(Math.abs(run.inFlightMs - sum / 1_000) < 1e-6 * run.inFlightMs);
});

test("a crash loses nothing that may be tried again, and the dead backend is left alone for ten seconds", () => {
  const scenario = scenarioOf({
    traffic: { duration: "20s" },
    faults: [{ type: "crash", at: "3s", for: "2s", backend: 2 }],
  });
  const attempts: number[] = [];
  const rows: Row[] = [];
  playAll(scenario, "round-robin", 1, (row) => rows.push({ ...row }), {
    attempt: (backend, atMs) => backend === 2 && attempts.push(atMs),
  });
  assert.equal(named(rows, "ok").length, rows.length);
  const during = attempts.filter((atMs) => atMs > 3_000 && atMs < 13_000);
  assert.ok(during.length <= 1, `attempts at ${during.join(", ")}`);
  assert.ok(
    attempts.some((atMs) => atMs > 13_000 && atMs < 13_200),
    "it takes traffic again ten seconds later",
  );
});

test("what cannot be tried again is answered 502, as is a request that no backend is left for", () => {
  const post = { name: "order", method: "POST", path: "/order/", body: "x" };
  const crash = { type: "crash", at: "3s", for: "2s" };
  const reset = scenarioOf({
    traffic: { requests: [post] },
    faults: [{ type: "reset", at: "3s", for: "2s", backend: 2 }],
  });
  const errors = named(rowsOf(reset, "round-robin"), "httpError");
  assert.ok(errors.length > 0);
  for (const { status, backend } of errors) assert.deepEqual([status, backend], [502, 0]);
  const all = scenarioOf({
    backends: { count: 1 },
    faults: [{ ...crash, backend: 1 }],
  });
  const lost = named(rowsOf(all, "round-robin"), "httpError");
  assert.ok(lost.length > 0);
  for (const { status } of lost) assert.equal(status, 502);
});

test("a silent backend is given up by the balancer before its clients give up: 504", () => {
  const scenario = scenarioOf({
    backends: { count: 2 },
    traffic: { timeout: "1s" },
    faults: [{ type: "hang", at: "3s", for: "5s", backend: 1 }],
  });
  const failed = rowsOf(scenario, "round-robin").filter((row) => OUTCOMES[row.outcome] !== "ok");
  assert.ok(failed.length > 0);
  for (const row of failed) {
    assert.equal(row.status, 504);
    assert.ok(Math.abs(row.endedUs - row.dueUs - 800_000) < 1);
  }
});

test("a user who gave up waiting thinks and no more, as live", () => {
  const users = 20;
  const think = { type: "exponential", mean: "30ms" };
  // The balancer gives up after 48 ms, but who is sent on from a crash has not that long left.
  const scenario = scenarioOf({
    backends: { count: 2, service: { type: "constant", value: "500ms" } },
    traffic: { model: "closed", connections: users, think, timeout: "60ms", warmup: "0ms", duration: "2s" },
    faults: [{ type: "crash", at: "1s", for: "500ms", backend: 1 }],
  });
  const pauses = createThink(scenario.traffic as Parameters<typeof createThink>[0], 1);
  const rows = rowsOf(scenario, "round-robin");
  const byNumber = new Map(rows.map((row) => [row.k, row]));
  const quick = named(rows, "timeout").filter((row) => {
    const next = byNumber.get(row.k + users);
    const pauseMs = pauses.after(row.k % users, Math.floor(row.k / users), "window");
    if (next !== undefined) assert.ok(Math.abs((next.dueUs - row.endedUs) / 1_000 - pauseMs) < 1e-6);
    return next !== undefined && pauseMs < 100;
  });
  assert.ok(quick.length >= 3, `${quick.length} pauses`);
});

test("an error fault changes the status and nothing else", () => {
  const fault = { type: "error", at: "3s", for: "2s", backend: 2, status: 500 };
  const [plain, broken] = [
    rowsOf(scenarioOf({}), "round-robin"),
    rowsOf(scenarioOf({ faults: [fault] }), "round-robin"),
  ];
  assert.deepEqual(
    broken.map(({ k, endedUs }) => [k, endedUs]),
    plain.map(({ k, endedUs }) => [k, endedUs]),
  );
  const errors = named(broken, "httpError");
  assert.ok(errors.length > 0);
  for (const { status, backend } of errors) assert.deepEqual([status, backend], [500, 2]);
});

/** Mean time in system of ten single workers at load 0.9, in service times. */
function meanTime(algorithm: string, contestants: object, network?: object): number {
  const scenario = scenarioOf({
    backends: { count: 10 },
    traffic: { arrivals: { load: 0.9 }, warmup: "50s", duration: "300s", timeout: "100s" },
    contestants: { balancers: ["builtin"], algorithms: [algorithm], ...contestants },
    ...(network === undefined ? {} : { network }),
  });
  let sumUs = 0;
  let count = 0;
  playAll(scenario, algorithm, 3, (row) => {
    sumUs += row.endedUs - row.dueUs;
    count += 1;
  });
  return sumUs / count / 10_000;
}

test("the more balancers share the backends, each with its own counts, the less least-connections knows", () => {
  const [one, four, many] = [1, 4, 64].map((instances) => meanTime("least-connections", { instances }));
  assert.ok(one! < four! && four! < many!, `${one}, ${four}, ${many}`);
  // M/M/10 at 0.9 is 1.669, and random routing 10.
  assert.ok(one! > 1.6 && one! < 2.6, `one ${one}`);
  assert.ok(many! > 1.5 * one!, `many ${many}`);
});

test("old information turns least-connections into a herd, while two choices only lose", () => {
  const stale = (algorithm: string, every: string) => meanTime(algorithm, { loadInfo: { every } });
  const [fresh, old] = [stale("least-connections", "1ms"), stale("least-connections", "100ms")];
  const [twoFresh, twoOld] = [stale("power-of-two-choices", "1ms"), stale("power-of-two-choices", "100ms")];
  // Reports every tenth of a service time, and every ten of them (reference values at load 0.9 with ten backends).
  assert.ok(fresh < twoFresh, `fresh: ${fresh} and ${twoFresh}`);
  assert.ok(old > 10, `worse than random routing, which is 10: ${old}`);
  assert.ok(twoOld < old, `two choices ${twoOld}, least-connections ${old}`);
});

test("a hop costs its way there and back, and nothing else", () => {
  const contestants = { instances: 1 };
  const [near, far] = [
    meanTime("round-robin", contestants),
    meanTime("round-robin", contestants, { hop: "2ms" }),
  ];
  assert.ok(Math.abs(far - near - 0.4) < 1e-3, `${far - near}`);
});

test("a client stays at the backend that its cookie names, moves once when that crashes, and stays there", () => {
  const scenario = scenarioOf({
    traffic: { clients: 16 },
    faults: [{ type: "crash", at: "3s", for: "2s", backend: 2 }],
  });
  const homes = new Map<number, number[]>();
  for (const { client, backend } of rowsOf(scenario, "sticky-cookie").sort((a, b) => a.dueUs - b.dueUs)) {
    const seen = homes.get(client) ?? [];
    if (backend > 0 && seen.at(-1) !== backend) homes.set(client, [...seen, backend]);
  }
  assert.equal(homes.size, 16);
  const moved = [...homes.values()].filter((seen) => seen.length > 1);
  assert.ok(moved.length > 0);
  for (const seen of moved) assert.deepEqual([seen[0], seen.length], [2, 2], seen.join(" "));
});

test("prequal probes in virtual time: it keeps off a slow backend and waits less than random does", () => {
  const scenario = scenarioOf({
    backends: { count: 20, override: [{ backend: 1, speed: 0.2 }] },
    traffic: { arrivals: { type: "poisson", load: 0.6 }, timeout: "60s" },
  });
  const sharePercent = (algorithm: string): number => {
    const rows = rowsOf(scenario, algorithm);
    return (100 * rows.filter(({ backend }) => backend === 1).length) / rows.length;
  };
  assert.ok(sharePercent("random") > 4);
  assert.ok(sharePercent("prequal") < 2);
  const meanMs = (algorithm: string): number => {
    const rows = rowsOf(scenario, algorithm);
    return rows.reduce((sum, { dueUs, endedUs }) => sum + endedUs - dueUs, 0) / rows.length / 1_000;
  };
  assert.ok(meanMs("prequal") < 0.75 * meanMs("random"));
});

test("several balancers that probe each hear of all requests at a backend, not of their own alone", () => {
  const scenario = scenarioOf({
    backends: { count: 100 },
    contestants: { instances: 32 },
    traffic: { arrivals: { type: "poisson", load: 0.8 }, duration: "5s", timeout: "60s" },
  });
  const meanMs = (algorithm: string): number => {
    const rows = rowsOf(scenario, algorithm);
    return rows.reduce((sum, { dueUs, endedUs }) => sum + endedUs - dueUs, 0) / rows.length / 1_000;
  };
  // Of a 32nd of the load one cannot tell who is busy: least-connections loses what knowledge it had, prequal asks.
  assert.ok(meanMs("prequal") < 0.85 * meanMs("least-connections"));
});

test("an empty reply is a failure that is tried elsewhere, latency and a brownout are longer service", () => {
  const traffic = { arrivals: { type: "poisson", load: 0.1 } };
  const faulty = (spec: object): Row[] =>
    rowsOf(scenarioOf({ traffic, faults: [{ at: "2s", for: "6s", backend: 1, ...spec }] }), "round-robin");
  const during = (rows: readonly Row[]): readonly Row[] =>
    rows.filter(({ dueUs, backend }) => dueUs > 2.1e6 && dueUs < 7.9e6 && backend === 1);
  const plain = rowsOf(scenarioOf({ traffic }), "round-robin");
  assert.equal(
    named(faulty({ type: "empty-reply" }), "ok").length,
    plain.length,
    "each found another backend",
  );
  assert.equal(during(faulty({ type: "empty-reply" })).length, 0);
  const meanMs = (rows: readonly Row[]): number =>
    rows.reduce((sum, { serviceUs }) => sum + serviceUs, 0) / rows.length / 1_000;
  const normal = meanMs(during(plain));
  const late = meanMs(during(faulty({ type: "latency", latency: "30ms", jitter: "5ms" })));
  assert.ok(Math.abs(late - normal - 30) < 1, `${late} - ${normal}`);
  const browned = meanMs(during(faulty({ type: "brownout", factor: 3 })));
  assert.ok(browned > 1.8 * normal && browned < 2.2 * normal, `${browned} / ${normal}`);
});

test("a probe takes the hop there and back, and meets the backend as it is when it gets there", () => {
  const scenario = scenarioOf({
    network: { hop: "20ms" },
    backends: { service: { type: "constant", value: "1ms" } },
    traffic: { arrivals: { type: "constant", rate: 400 } },
    faults: [{ type: "crash", at: "2s", for: "2s", backend: 1 }],
  });
  const told: { readonly askedMs: number; readonly tookMs: number }[] = [];
  const create = () => {
    const asked: number[] = [];
    return {
      pick: (_request: unknown, pool: Pool) => pool.eligible[1] as number,
      probes: (now: number) => {
        asked.push(now);
        return [0];
      },
      probed: (_backend: number, _answer: unknown, now: number) => {
        while (asked[0] !== undefined && now - asked[0] > 40.001) asked.shift();
        const askedMs = asked.shift() as number;
        told.push({ askedMs, tookMs: now - askedMs });
      },
    };
  };
  const algorithm = {
    name: "curious",
    summary: "",
    reference: "",
    family: "static",
    weighted: false,
    create,
  } as const;
  const run = playVirtual(
    { scenario, algorithm, seed: 1, tuning: "parity", readMs: 4_000 },
    { attempt: () => undefined, completed: () => undefined, row: () => undefined },
  );
  while (run.step(1_000_000));
  assert.ok(told.length > 300);
  assert.ok(told.every(({ tookMs }) => Math.abs(tookMs - 40) < 0.001));
  const silent = (from: number, to: number) => told.every(({ askedMs }) => askedMs < from || askedMs >= to);
  assert.ok(silent(1_980, 3_980), "it was dead when the probe got there");
  assert.ok(!silent(1_900, 1_980) && !silent(3_980, 4_100));
});
