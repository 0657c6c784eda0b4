/** Single-worker exponential backends behind each balancer, against the replay, the simulator and the formulas. */
import { mean, quantile, standardDeviation } from "#kernel/statistics.ts";
import type { AlgorithmDefinition } from "../../../balancers/algorithm.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { scenarioOf } from "../../simulation/testkit.ts";
import { createWork } from "../../traffic/work.ts";
import { type Case, judge, unmeasured } from "../outcome.ts";
import { centralQueueTime, roundRobinTime, singleQueueTime } from "../theory.ts";
import { algorithmOf, playToEnd } from "../virtual/play-to-end.ts";
import type { Bench, Played } from "./bench.ts";
import { medianHopUs, type Replayed, replay } from "./replay.ts";

const BACKENDS = 4;
const MEAN_MS = 20;
const MEAN_SHARE = 0.05;
const P99_SHARE = 0.1;
const HOP_MS = 0.5;
/** Simulations of the same requests, each with other draws of the algorithm. */
const DRAWS = 40;
const ERRORS = 3;

export interface QueueOptions {
  readonly load: number;
  readonly balancers: readonly string[];
  readonly algorithms: readonly string[];
  readonly durationMs: number;
}

/** One scenario, all contestants of it. */
export async function proveQueues(bench: Bench, options: QueueOptions): Promise<readonly Case[]> {
  const { load, balancers, algorithms, durationMs } = options;
  const scenario = scenarioOf({
    name: `queue-${load}`.replace(".", "-"),
    title: `Queues at load ${load}`,
    backends: { count: BACKENDS, service: { type: "exponential", mean: `${MEAN_MS}ms` } },
    traffic: { arrivals: { load }, warmup: "1s", duration: `${durationMs}ms`, timeout: "10s" },
    contestants: { balancers, algorithms },
  });
  const { played, missing } = await bench.play(scenario);
  const cases = missing.map(({ balancer, algorithm, reason }) =>
    unmeasured(aboutOf(balancer, algorithm, load), "n/a", reason),
  );
  for (const each of played) cases.push(...(await judgeQueue(each, load, bench.signal)));
  return cases;
}

interface About {
  readonly id: string;
  readonly title: string;
}

const aboutOf = (balancer: string, algorithm: string, load: number): About => ({
  id: `live/queue/${balancer}/${algorithm}/${load}`,
  title: `queues: ${balancer}/${algorithm}, load ${load}`,
});

async function judgeQueue(played: Played, load: number, signal: AbortSignal): Promise<readonly Case[]> {
  const { trial, rows, strain, broken } = played;
  const { name, algorithm } = trial.contestant;
  const about = aboutOf(name, algorithm, load);
  if (broken.length > 0) return [unmeasured(about, "fails", broken.join("; "))];
  if (rows.some(({ backend, status }) => backend === 0 || status !== 200))
    return [
      unmeasured(
        about,
        strain.length > 0 ? "too busy to judge" : "fails",
        "requests failed although nothing was broken",
      ),
    ];
  const { traffic, backends } = trial.scenario;
  const works = createWork(traffic, backends.service, trial.seed);
  const replayed = replay(rows, ({ k }) => works.of(k).demandUs);
  const hopMs = medianHopUs(replayed) / 1_000;
  const times = replayed.map(({ latencyUs, lagUs }) => (latencyUs - lagUs) / 1_000 - hopMs);
  const measured: Measured = { about, load, hopMs, times, strain };
  return [
    ...againstReplay(measured, replayed, algorithm),
    ...(algorithm === "round-robin"
      ? [await requestByRequest(measured, replayed, played, signal)]
      : [await againstDraws(measured, played, signal)]),
    ...(algorithm === "least-connections" ? [await betweenBounds(measured, played, signal)] : []),
  ];
}

interface Measured {
  readonly about: About;
  readonly load: number;
  readonly hopMs: number;
  /** Latency without hop and reported lag, ms, in order of k. */
  readonly times: readonly number[];
  readonly strain: readonly string[];
}

function againstReplay(
  { about, load, hopMs, times, strain }: Measured,
  replayed: readonly Replayed[],
  algorithm: string,
): readonly Case[] {
  const expected = replayed.map(({ expectedUs }) => expectedUs / 1_000);
  const [meanMs, p99Ms] = [mean(expected), quantile(expected, 0.99)];
  const hop = `hop ${hopMs.toFixed(2)} ms subtracted`;
  return [
    judge({
      id: `${about.id}/mean`,
      title: `${about.title}: mean against the replay`,
      unit: "ms",
      theory: meanMs,
      measured: mean(times),
      bound: MEAN_SHARE * meanMs,
      note: `${hop}; plain: ${plain(algorithm, load, times)}`,
      strain,
    }),
    judge({
      id: `${about.id}/p99`,
      title: `${about.title}: p99 against the replay`,
      unit: "ms",
      theory: p99Ms,
      measured: quantile(times, 0.99),
      bound: P99_SHARE * p99Ms,
      note: hop,
      strain,
    }),
  ];
}

/** The comparison without replay: what the formula says, and how little seconds of traffic can say about it. */
function plain(algorithm: string, load: number, times: readonly number[]): string {
  const perBackend = times.length / BACKENDS / load;
  const width = 1.96 * Math.sqrt((2 * (1 + load)) / (load * (1 - load) ** 2 * perBackend));
  const [central, round, single] = [
    centralQueueTime(BACKENDS, load),
    roundRobinTime(BACKENDS, load),
    singleQueueTime(load),
  ].map((time) => (time * MEAN_MS).toFixed(1)) as [string, string, string];
  const formula =
    algorithm === "random"
      ? `${single} ms (M/M/1)`
      : algorithm === "round-robin"
        ? `${round} ms (GI/M/1)`
        : `${central} to ${round} ms`;
  return `${mean(times).toFixed(1)} ms, formula ${formula}, +-${(100 * width).toFixed(0)} % expected`;
}

/** Latencies of the same requests in the simulator, ms, by k. */
async function simulate(
  { trial }: Pick<Played, "trial">,
  scenario: Scenario,
  algorithm: AlgorithmDefinition,
  signal: AbortSignal,
): Promise<Float64Array> {
  const times: number[] = [];
  const row = ({
    k,
    dueUs,
    endedUs,
  }: {
    readonly k: number;
    readonly dueUs: number;
    readonly endedUs: number;
  }): void => {
    times[k] = (endedUs - dueUs) / 1_000;
  };
  await playToEnd({ scenario, algorithm, seed: trial.seed }, { row }, signal);
  return Float64Array.from(times);
}

/** Round robin gives request k to the same backend live and simulated, but for the name of the backend that comes first. */
async function requestByRequest(
  { about, hopMs, strain }: Measured,
  replayed: readonly Replayed[],
  played: Played,
  signal: AbortSignal,
): Promise<Case> {
  const simulated = await simulate(played, played.trial.scenario, algorithmOf("round-robin"), signal);
  const differences = replayed.map(
    ({ k, latencyUs, lagUs }) => (latencyUs - lagUs) / 1_000 - (simulated[k] as number),
  );
  const [low, quarter, middle, three, high] = [0.05, 0.25, 0.5, 0.75, 0.95].map((p) =>
    quantile(differences, p),
  ) as [number, number, number, number, number];
  const range = (from: number, to: number): string => `${from.toFixed(2)} to ${to.toFixed(2)} ms`;
  return judge({
    id: `${about.id}/request-by-request`,
    title: `${about.title}: live minus simulated, request by request: median against the hop`,
    unit: "ms",
    theory: hopMs,
    measured: middle,
    bound: HOP_MS,
    note: `half of them ${range(quarter, three)}, 90 % ${range(low, high)}`,
    strain,
  });
}

/** The simulator plays the same requests with other draws of the algorithm: the live mean is one more of them. */
async function againstDraws(
  { about, load, times, strain }: Measured,
  played: Played,
  signal: AbortSignal,
): Promise<Case> {
  const definition = algorithmOf(played.trial.contestant.algorithm);
  const draws: number[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    const algorithm: AlgorithmDefinition = {
      ...definition,
      create: (environment) => definition.create({ ...environment, rng: environment.rng.fork(draw) }),
    };
    draws.push(mean([...(await simulate(played, played.trial.scenario, algorithm, signal))]));
  }
  const [theory, spread] = [mean(draws), standardDeviation(draws)];
  const measured = mean(times);
  const single = singleQueueTime(load) * MEAN_MS;
  const estimate = `with it as control variate ${(single + measured - theory).toFixed(1)} ms, formula ${single.toFixed(1)} ms`;
  return judge({
    id: `${about.id}/control-variate`,
    title: `${about.title}: mean against the simulated mean of the same requests`,
    unit: "ms",
    theory,
    measured,
    bound: Math.max(MEAN_SHARE * theory, ERRORS * spread),
    standardError: spread,
    note: `${DRAWS} simulations${definition.name === "random" ? `; ${estimate}` : ""}`,
    strain,
  });
}

/** No rule that knows no sizes beats one queue for all workers, and none that looks at load is as bad as one that does not. */
async function betweenBounds(
  { about, times, strain }: Measured,
  played: Played,
  signal: AbortSignal,
): Promise<Case> {
  const { scenario } = played.trial;
  const central: Scenario = { ...scenario, backends: { ...scenario.backends, count: 1, workers: BACKENDS } };
  const rule = algorithmOf("round-robin");
  const lower = mean([...(await simulate(played, central, rule, signal))]);
  const upper = mean([...(await simulate(played, scenario, rule, signal))]);
  return judge({
    id: `${about.id}/bounds`,
    title: `${about.title}: mean between its bounds`,
    unit: "ms",
    theory: (lower + upper) / 2,
    measured: mean(times),
    bound: (upper - lower) / 2,
    note: `one central queue ${lower.toFixed(1)} ms, round robin ${upper.toFixed(1)} ms, both simulated on the same requests`,
    strain,
  });
}
