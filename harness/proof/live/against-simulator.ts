/** A live trial against the simulator, which plays the very same requests. */
import { mean, quantile, standardDeviation } from "#kernel/statistics.ts";
import type { AlgorithmDefinition } from "../../../balancers/algorithm.ts";
import { capacityOf } from "../../../scenarios/capacity.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { type Case, judge } from "../outcome.ts";
import { singleQueueTime } from "../theory.ts";
import { algorithmOf, playToEnd } from "../virtual/play-to-end.ts";
import type { Played } from "./bench.ts";
import type { Replayed } from "./replay.ts";

export const MEAN_SHARE = 0.05;
const HOP_MS = 0.5;
/** Simulations of the same requests, each with other draws of the algorithm. */
const DRAWS = 40;
const ERRORS = 3;

export interface About {
  readonly id: string;
  readonly title: string;
}

/** What was measured of one contestant. */
export interface Measured {
  readonly about: About;
  readonly load: number;
  readonly hopMs: number;
  /** Latency without hop and reported lag, ms, in order of k. */
  readonly times: readonly number[];
  readonly strain: readonly string[];
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
export async function requestByRequest(
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

/** Mean of the same requests in the simulator, ms, and what other draws of the algorithm change it by. */
async function drawMeans(
  played: Played,
  signal: AbortSignal,
): Promise<{ readonly value: number; readonly spread: number }> {
  const definition = algorithmOf(played.trial.contestant.algorithm);
  const means: number[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    const algorithm: AlgorithmDefinition = {
      ...definition,
      create: (environment) => definition.create({ ...environment, rng: environment.rng.fork(draw) }),
    };
    means.push(mean([...(await simulate(played, played.trial.scenario, algorithm, signal))]));
  }
  return { value: mean(means), spread: standardDeviation(means) };
}

/** Random routing: the live mean is one more draw. The simulated mean is the control variate of the formula's. */
export async function againstDraws(
  { about, load, times, strain }: Measured,
  played: Played,
  signal: AbortSignal,
): Promise<Case> {
  const { value: theory, spread } = await drawMeans(played, signal);
  const measured = mean(times);
  const single = singleQueueTime(load) * capacityOf(played.trial.scenario).meanDemandMs;
  const corrected = single + measured - theory;
  return judge({
    id: `${about.id}/control-variate`,
    title: `${about.title}: mean against the simulated mean of the same requests`,
    unit: "ms",
    theory,
    measured,
    bound: Math.max(MEAN_SHARE * theory, ERRORS * spread),
    standardError: spread,
    note: `${DRAWS} simulations; with them as control variate ${corrected.toFixed(1)} ms, formula ${single.toFixed(1)} ms`,
    strain,
  });
}

/** No rule that knows no sizes beats one queue for all workers, and none that looks at load is as bad as one that does not. */
export async function betweenBounds(
  { about, times, strain }: Measured,
  played: Played,
  signal: AbortSignal,
): Promise<Case> {
  const { scenario } = played.trial;
  const central: Scenario = {
    ...scenario,
    backends: { ...scenario.backends, count: 1, workers: scenario.backends.count },
  };
  const rule = algorithmOf("round-robin");
  const lower = mean([...(await simulate(played, central, rule, signal))]);
  const upper = mean([...(await simulate(played, scenario, rule, signal))]);
  const { value, spread } = await drawMeans(played, signal);
  return judge({
    id: `${about.id}/bounds`,
    title: `${about.title}: mean between its bounds`,
    unit: "ms",
    theory: (lower + upper) / 2,
    measured: mean(times),
    bound: (upper - lower) / 2,
    note:
      `simulated on the same requests: one central queue ${lower.toFixed(1)} ms, round robin ${upper.toFixed(1)} ms, ` +
      `least-connections ${value.toFixed(1)} +- ${spread.toFixed(1)} ms`,
    strain,
  });
}
