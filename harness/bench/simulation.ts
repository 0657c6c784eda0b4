import { performance } from "node:perf_hooks";
import { algorithms } from "../../balancers/algorithms/registry.ts";
import { createSimulationEngine } from "../simulation/engine.ts";
import { scenarioOf } from "../simulation/sketch.ts";
import { plannedTrial } from "../simulation/test-trial.ts";
import type { BenchResult } from "./result.ts";

interface Case {
  readonly algorithm: string;
  readonly backends: number;
  readonly atLeast?: number;
}

const CASES: readonly Case[] = [
  { algorithm: "power-of-two-choices", backends: 100, atLeast: 1_000_000 },
  { algorithm: "power-of-two-choices", backends: 10_000, atLeast: 1_000_000 },
  ...["round-robin", "least-connections", "consistent-hash", "maglev", "peak-ewma"].map((algorithm) => ({
    algorithm,
    backends: 1_000,
    atLeast: 700_000,
  })),
];
const REQUESTS = 2_000_000;
const LOAD = 0.7;
/** Keys do not spread evenly: at 0.7 some backends of a ring would be above their capacity for good, and time out. */
const LOAD_BY_KEY = 0.4;
const MEAN_MS = 10;
/** The fastest counts: another process on the core only ever adds. */
const ROUNDS = 3;

/** Requests per second of a whole simulated trial, recording included, on one core. In all about a minute. */
export async function benchSimulation(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const { algorithm, backends, atLeast } of CASES) {
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round++)
      rates.push(await requestsPerSecond(algorithm, backends, round));
    results.push({
      name: `simulated ${algorithm} at ${backends.toLocaleString("en")} backends`,
      value: Math.max(...rates),
      unit: "requests/s",
      ...(atLeast === undefined ? {} : { target: { atLeast } }),
    });
  }
  return results;
}

async function requestsPerSecond(algorithm: string, backends: number, seed: number): Promise<number> {
  const isByKey = algorithms.some(({ name, family }) => name === algorithm && family === "by-key");
  const load = isByKey ? LOAD_BY_KEY : LOAD;
  const perSecond = (load * backends * 1_000) / MEAN_MS;
  const scenario = scenarioOf({
    backends: { count: backends, service: { type: "exponential", mean: `${MEAN_MS}ms` } },
    traffic: {
      clients: 16_000,
      arrivals: { type: "poisson", load },
      warmup: "0ms",
      duration: `${Math.round((REQUESTS / perSecond) * 1_000)}ms`,
    },
  });
  const engine = createSimulationEngine();
  const stage = await engine.open(scenario, new AbortController().signal);
  const stand = await stage.prepare(plannedTrial(scenario, algorithm, seed), () => undefined);
  const from = performance.now();
  const { counts } = await stand.play(() => undefined);
  return (counts.scheduled / (performance.now() - from)) * 1_000;
}
