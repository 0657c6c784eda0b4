import { setImmediate } from "node:timers/promises";
import { algorithms } from "../../balancers/algorithms/registry.ts";
import type { TrialRecord } from "../../reports/record.ts";
import { unstableAlgorithms } from "../../scenarios/capacity.ts";
import { isReal } from "../../scenarios/real-django.ts";
import { mixOf } from "../../scenarios/requests.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { hasStation } from "../../scenarios/stations.ts";
import { readMsOf } from "../read-limit.ts";
import { meanInCentralQueue } from "../simulation/central-queue.ts";
import { playVirtual } from "../simulation/play.ts";
import type { MeasuredTrial } from "../trial.ts";

/** What the same arrivals and demands would have met without a balancer's choice, mean time at the backends in ms. */
export interface References {
  /** One queue for all workers. */
  readonly centralMs: number;
  /** A backend at random for every request. */
  readonly randomMs: number;
}

/** Random routing is played until so many requests have been, so that its own luck does not show. */
const ENOUGH = 200_000;
const MOST_PLAYS = 20;
/** Events between two looks at Ctrl-C. */
const EVENTS_PER_TURN = 100_000;
/** Where random routing costs no more than this over one queue there is nothing to choose. */
const LEAST_TO_GAIN = 0.02;

/**
 * Null where the trace alone does not decide: a closed loop, faults, backends that share more than a queue, or random routing that puts a backend above its capacity for
 * good. The seed is the trial's.
 */
export async function referencesOf(
  scenario: Scenario,
  seed: number,
  signal: AbortSignal,
): Promise<References | null> {
  if (scenario.traffic.model === "closed" || scenario.faults.length > 0) return null;
  // One queue for slots that share cores, a lock or connections would not be the ideal that regret is measured from.
  if (hasStation(scenario)) return null;
  // Which requests a session sends, and when, follows from its answers.
  if (mixOf(scenario)?.sessions != null) return null;
  // One queue for backends that come and go is not played.
  if (scenario.membership.length > 0) return null;
  // Real servers take what they take, not what was drawn.
  if (isReal(scenario)) return null;
  const contestants = { ...scenario.contestants, algorithms: ["random"] };
  if (unstableAlgorithms({ ...scenario, contestants }, algorithms).length > 0) return null;
  let played = 0;
  let sumMs = 0;
  for (let play = 0; play < MOST_PLAYS && played < ENOUGH; play++) {
    const random = await playRandom(scenario, seed, play, signal);
    if (random === null) return null;
    played += random.requests;
    sumMs += random.sumMs;
  }
  return { centralMs: await meanInCentralQueue(scenario, seed, signal), randomMs: sumMs / played };
}

/**
 * Adds (mean time of the contestant - that of one central queue) / (that of random routing - that of one central queue), times as
 * the backends report them: 0 is ideal, 1 is random, and the machine's speed does not matter. Null when a request failed, when
 * no backend reported, or when random routing is as good as one queue. Its interval is that of the mean latency.
 */
export function withRegret(trial: MeasuredTrial, references: References | null): TrialRecord {
  const gain = references === null ? 0 : references.randomMs - references.centralMs;
  const { queue, service } = trial.waterfallMs;
  const { mean } = trial.latencyMs;
  const isKnown =
    references !== null &&
    gain > LEAST_TO_GAIN * references.centralMs &&
    trial.errorRate === 0 &&
    !trial.growth.unstable;
  if (!isKnown || queue === null || service === null || mean === null)
    return { ...trial, regret: null, intervals: { ...trial.intervals, regret: null } };
  const regret = (queue + service - references.centralMs) / gain;
  const interval = trial.intervals.mean;
  const shifted = (bound: number): number => regret + (bound - mean) / gain;
  return {
    ...trial,
    regret,
    intervals: {
      ...trial.intervals,
      regret: interval === null ? null : [shifted(interval[0]), shifted(interval[1])],
    },
  };
}

/** Null without requests, or when one failed. */
async function playRandom(
  scenario: Scenario,
  seed: number,
  play: number,
  signal: AbortSignal,
): Promise<{ readonly requests: number; readonly sumMs: number } | null> {
  const random = algorithms.find(({ name }) => name === "random");
  if (random === undefined) throw new Error("there is no algorithm random");
  let requests = 0;
  let sumMs = 0;
  let failed = 0;
  const run = playVirtual(
    {
      scenario,
      // The trace is the trial's, its choices are this play's own.
      algorithm: { ...random, create: ({ rng, size }) => random.create({ rng: rng.fork(play), size }) },
      seed,
      tuning: "parity",
      readMs: readMsOf(scenario),
    },
    {
      attempt: () => undefined,
      completed: () => undefined,
      row(row) {
        requests += 1;
        sumMs += (row.queueUs + row.serviceUs) / 1_000;
        if (row.status === 0 || row.status >= 400) failed += 1;
      },
    },
  );
  while (run.step(EVENTS_PER_TURN)) {
    await setImmediate();
    signal.throwIfAborted();
  }
  return requests === 0 || failed > 0 ? null : { requests, sumMs };
}
