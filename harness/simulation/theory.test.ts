/** The simulator against queueing theory. Unit of time: the mean service time; T is the mean time in system. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mean, standardDeviation } from "#kernel/statistics.ts";
import { OUTCOMES } from "../rows.ts";
import { playAll, scenarioOf } from "./testkit.ts";

const MEAN_MS = 10;
const REPLICATIONS = 12;
const OK = OUTCOMES.indexOf("ok");

interface Case {
  readonly algorithm: string;
  readonly load: number;
  readonly backends: number;
  readonly workers?: number;
  readonly service?: unknown;
}

/** Mean over independent replications with its standard error, in mean service times. */
function timeInSystem({ algorithm, load, backends, workers = 1, service }: Case): {
  readonly T: number;
  readonly error: number;
} {
  const scenario = scenarioOf({
    backends: { count: backends, workers, ...(service === undefined ? {} : { service }) },
    traffic: {
      arrivals: { load },
      warmup: "20s",
      duration: `${1_000_000 / (backends * workers)}ms`,
      timeout: "1000s",
    },
  });
  const times = Array.from({ length: REPLICATIONS }, (_, seed) => {
    let total = 0;
    let count = 0;
    playAll(scenario, algorithm, seed, (row) => {
      assert.equal(row.outcome, OK);
      total += row.endedUs - row.dueUs;
      count += 1;
    });
    return total / count / 1_000 / MEAN_MS;
  });
  return { T: mean(times), error: standardDeviation(times) / Math.sqrt(REPLICATIONS) };
}

/** Within 1 % or four standard errors; the standard error itself is at most 2 %, so that a wrong model cannot hide behind it. */
function assertTime(about: Case, expected: number): void {
  const { T, error } = timeInSystem(about);
  assert.ok(error < 0.02 * expected, `standard error ${error} of ${T}`);
  const limit = Math.max(0.01 * expected, 4 * error);
  assert.ok(Math.abs(T - expected) < limit, `T = ${T} +- ${error}, expected ${expected}`);
}

function centralQueueTime(servers: number, load: number): number {
  const offered = servers * load;
  let blocking = 1;
  for (let k = 1; k <= servers; k++) blocking = (offered * blocking) / (k + offered * blocking);
  return 1 + blocking / (1 - load * (1 - blocking)) / (servers * (1 - load));
}

test("random routing is M/M/1 at every backend: T = 1/(1 - rho)", () => {
  assertTime({ algorithm: "random", load: 0.5, backends: 8 }, 2);
  assertTime({ algorithm: "random", load: 0.7, backends: 8 }, 1 / 0.3);
});

test("constant service is M/D/1: T = 1 + rho/(2(1 - rho))", () => {
  const service = { type: "constant", value: `${MEAN_MS}ms` };
  assertTime({ algorithm: "random", load: 0.8, backends: 8, service }, 3);
});

test("two kinds of request are M/G/1: T = 1 + rho(1 + cs2)/(2(1 - rho)) (Pollaczek, Khinchine)", () => {
  // Constant 5 ms or, for one in five, 30 ms: mean 10 ms, variance 100 ms^2, cs2 = 1 without being exponential.
  const low = { type: "constant", value: "5ms" };
  const high = { type: "constant", value: "30ms" };
  const service = { type: "bimodal", share: 0.2, low, high };
  assertTime({ algorithm: "random", load: 0.6, backends: 8, service }, 1 + (0.6 * 2) / (2 * 0.4));
});

test("one backend with c workers is M/M/c (Erlang C)", () => {
  assertTime({ algorithm: "round-robin", load: 0.8, backends: 1, workers: 4 }, centralQueueTime(4, 0.8));
  assertTime({ algorithm: "round-robin", load: 0.8, backends: 1, workers: 8 }, centralQueueTime(8, 0.8));
});

test("round-robin over n is GI/M/1 with Erlang-n arrivals", () => {
  const load = 0.8;
  let sigma = 0.5;
  for (let step = 0; step < 1_000; step++) sigma = ((8 * load) / (8 * load + 1 - sigma)) ** 8;
  assert.ok(Math.abs(1 / (1 - sigma) - 2.9797) < 1e-4, "the formula gives the published value");
  assertTime({ algorithm: "round-robin", load, backends: 8 }, 1 / (1 - sigma));
});

test("users who never pause complete N/(N + n - 1) of the capacity of n backends under random routing", () => {
  const scenario = scenarioOf({
    traffic: { model: "closed", connections: 8, warmup: "20s", duration: "600s", timeout: "1000s" },
  });
  let count = 0;
  playAll(scenario, "random", 1, () => {
    count += 1;
  });
  const capacity = (4 * 1_000) / MEAN_MS;
  assert.ok(Math.abs(count / 600 / capacity / (8 / 11) - 1) < 0.01, `${count / 600} of ${capacity}/s`);
});
