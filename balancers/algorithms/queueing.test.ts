/**
 * Algorithms against queueing theory, in virtual time: Poisson arrivals, backends with one worker and a FIFO queue.
 * Unit of time is the mean service time; T is the mean time in system.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDistribution, type DistributionSpec } from "#kernel/distribution.ts";
import { createRng } from "#kernel/rng.ts";
import { mean, standardDeviation } from "#kernel/statistics.ts";
import { type Attempt, createDispatcher } from "../dispatcher.ts";
import { requestOf } from "../testing/bench.ts";
import { algorithms } from "./registry.ts";

const BACKENDS = 8;
const REPLICATIONS = 16;
const WARMUP = 4_000;
const MEASURED = 20_000;
const REQUEST = requestOf(0);
const EXPONENTIAL: DistributionSpec = { type: "exponential", mean: 1 };
const CONSTANT: DistributionSpec = { type: "constant", value: 1 };

interface Departure {
  readonly at: number;
  readonly attempt: Attempt;
}

/** Mean time in system of the requests after the warm-up. */
function simulate(name: string, load: number, service: DistributionSpec, seed: number): number {
  const root = createRng(seed);
  const definition = algorithms.find((algorithm) => algorithm.name === name)!;
  const dispatcher = createDispatcher({
    algorithm: definition.create({ rng: root.fork("algorithm"), size: BACKENDS }),
    weights: new Array<number>(BACKENDS).fill(1),
    ejection: null,
    now: 0,
  });
  const gap = createDistribution({ type: "exponential", mean: 1 / (load * BACKENDS) });
  const demand = createDistribution(service);
  const [gaps, demands] = [root.fork("arrivals"), root.fork("demand")];
  const queues = Array.from({ length: BACKENDS }, () => ({ head: 0, departures: [] as Departure[] }));
  let now = 0;
  let total = 0;
  for (let k = 0; k < WARMUP + MEASURED; k++) {
    now += gap.sample(gaps.fork(k));
    for (const queue of queues) {
      for (
        let next = queue.departures[queue.head];
        next && next.at <= now;
        next = queue.departures[++queue.head]
      ) {
        dispatcher.settle(next.attempt, "answered", next.at);
      }
    }
    const attempt = dispatcher.start(REQUEST, now)!;
    const queue = queues[attempt.backend]!;
    const at = Math.max(now, queue.departures.at(-1)?.at ?? 0) + demand.sample(demands.fork(k));
    queue.departures.push({ at, attempt });
    if (k >= WARMUP) total += at - now;
  }
  return total / MEASURED;
}

/** Mean over independent replications with its standard error. */
function timeInSystem(
  name: string,
  load: number,
  service = EXPONENTIAL,
): { readonly T: number; readonly error: number } {
  const times = Array.from({ length: REPLICATIONS }, (_, seed) => simulate(name, load, service, seed + 1));
  return { T: mean(times), error: standardDeviation(times) / Math.sqrt(REPLICATIONS) };
}

/** Four standard errors, which themselves have to be small enough to tell a wrong algorithm; `slack` is the reference's own error. */
function assertTime(name: string, load: number, expected: number, service = EXPONENTIAL, slack = 0): void {
  const { T, error } = timeInSystem(name, load, service);
  assert.ok(error < 0.02 * expected, `standard error ${error} of ${T}`);
  assert.ok(
    Math.abs(T - expected) < 4 * error + slack * expected,
    `T = ${T} +- ${error}, expected ${expected}`,
  );
}

/** Erlang C for `servers` at `load` each. */
function centralQueueTime(servers: number, load: number): number {
  const offered = servers * load;
  let blocking = 1;
  for (let k = 1; k <= servers; k++) blocking = (offered * blocking) / (k + offered * blocking);
  return 1 + blocking / (1 - load * (1 - blocking)) / (servers * (1 - load));
}

/** GI/M/1 with Erlang-n arrivals: sigma = (n rho / (n rho + 1 - sigma))^n. */
function roundRobinTime(load: number): number {
  let sigma = 0.5;
  for (let step = 0; step < 1_000; step++)
    sigma = ((BACKENDS * load) / (BACKENDS * load + 1 - sigma)) ** BACKENDS;
  return 1 / (1 - sigma);
}

test("the formulas give the published values", () => {
  assert.ok(Math.abs(roundRobinTime(0.8) - 2.9797) < 1e-4);
  assert.ok(Math.abs(centralQueueTime(8, 0.8) - 1.286) < 1e-3);
});

test("random is M/M/1 at every backend: T = 1/(1 - rho)", () => {
  assertTime("random", 0.5, 2);
  assertTime("random", 0.7, 1 / 0.3);
});

test("random with constant service is M/D/1: T = 1 + rho/(2(1 - rho))", () => {
  assertTime("random", 0.8, 3, CONSTANT);
});

test("round-robin is GI/M/1 with Erlang arrivals, and so is smooth weighting with equal weights", () => {
  assertTime("round-robin", 0.8, roundRobinTime(0.8));
  assertTime("weighted-round-robin", 0.7, roundRobinTime(0.7));
  assertTime("earliest-deadline", 0.7, roundRobinTime(0.7));
});

// No closed form for eight backends: an independent program gave these values at load 0.8, to 1 %.
test("power-of-two-choices and least-connections at load 0.8 agree with an independent program", () => {
  assertTime("power-of-two-choices", 0.8, 2.11, EXPONENTIAL, 0.01);
  assertTime("least-connections", 0.8, 1.46, EXPONENTIAL, 0.01);
});

test("two choices with replacement and join-idle-queue at load 0.8 agree with an independent program", () => {
  assertTime("power-of-two-choices-with-replacement", 0.8, 2.22, EXPONENTIAL, 0.01);
  assertTime("join-idle-queue", 0.8, 1.63, EXPONENTIAL, 0.01);
});

test("with equal weights the weighted rules by load are least-connections", () => {
  for (const name of ["weighted-least-connections", "shortest-expected-delay", "never-queue"])
    assertTime(name, 0.8, 1.46, EXPONENTIAL, 0.01);
});

test("on the same traffic one central queue < least-connections < five < three < two choices < round-robin < random", () => {
  const names = [
    "least-connections",
    "power-of-five-choices",
    "power-of-three-choices",
    "power-of-two-choices",
    "round-robin",
    "random",
  ];
  const times = names.map((name) => simulate(name, 0.7, EXPONENTIAL, 1));
  const ordered = [centralQueueTime(BACKENDS, 0.7), ...times];
  assert.deepEqual(
    ordered,
    [...ordered].sort((a, b) => a - b),
  );
});
