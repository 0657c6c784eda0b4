import { setImmediate } from "node:timers/promises";
import type { AlgorithmDefinition } from "../../balancers/algorithm.ts";
import { readComposedName } from "../../balancers/composed-name.ts";
import { findAlgorithm } from "../../balancers/find-algorithm.ts";
import { rulesOf } from "../../balancers/overlay-rules.ts";
import { loadOwnAlgorithm } from "../../balancers/own-algorithm.ts";
import { capacityOf, isSteady, unstableAlgorithms } from "../../scenarios/capacity.ts";
import { serviceLevelOf } from "../../scenarios/service-level.ts";
import { faultWindows } from "../fault-windows.ts";
import { watchAttempts } from "../measure/attempt-watch.ts";
import { createBitSet } from "../measure/bit-set.ts";
import { createTwin, type Twin } from "../measure/counterfactual.ts";
import { identityOf } from "../measure/identity.ts";
import { keysOf } from "../measure/key-of.ts";
import { measureWindow } from "../measure/measure-window.ts";
import { requestFacts } from "../measure/request-facts.ts";
import type { BackendFacts } from "../measure/shares.ts";
import { judgeTrial } from "../measure/verdict.ts";
import { readMsOf } from "../read-limit.ts";
import type { Row } from "../rows.ts";
import { type Engine, hasTwin, type MeasuredTrial, type PlannedTrial, type Progress } from "../trial.ts";
import type { VirtualTrial } from "./balancer.ts";
import { type Listener, playVirtual, type VirtualRun } from "./play.ts";

/** Events between two looks at the clock and at Ctrl-C. */
const EVENTS_PER_TURN = 100_000;
/** A virtual attempt is seen at its very instant. */
const RESOLUTION_MS = 0;

/** A planned trial without the balancer, which takes no part: data that may travel to another thread. */
export interface SimulatedTrial extends Omit<PlannedTrial, "contestant"> {
  readonly contestant: Omit<PlannedTrial["contestant"], "balancer" | "definition">;
}

/** Plays trials in virtual time: no process, no socket, no wall clock; the same seed gives the same record. */
export function createSimulationEngine(): Engine {
  return {
    name: "simulation",
    parallel: 1,
    open: async (_scenario, signal) => ({
      prepare: async (trial) => ({
        play: (onProgress) => playTrial(trial, signal, onProgress),
        close: async () => undefined,
      }),
      close: async () => undefined,
    }),
    close: async () => undefined,
  };
}

/** One trial from its plan to its record: a function of its arguments alone. */
export async function playTrial(
  trial: SimulatedTrial,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<MeasuredTrial> {
  const { scenario, contestant, seed } = trial;
  const { membership, traffic } = scenario;
  const faults = faultWindows(scenario, seed);
  const algorithm = await definitionOf(contestant);
  const overlays = rulesOf(contestant.algorithm, scenario.contestants.overlays);
  const { tuning } = contestant;
  const virtual: VirtualTrial = { scenario, algorithm, overlays, seed, tuning, readMs: readMsOf(scenario) };
  const capacity = capacityOf(scenario);
  const started = new Uint32Array(capacity.backends.length + 1);
  const completed = new Uint32Array(capacity.backends.length + 1);
  // Read when the last row has been.
  const countsOf = (id: number): BackendFacts["counts"] => ({
    get attempts() {
      return started[id] as number;
    },
    get completed() {
      return completed[id] as number;
    },
  });
  const weights = new Map(capacity.backends.map(({ id, weight }) => [id, weight]));
  const attempts =
    faults.length === 0
      ? null
      : watchAttempts({
          faults,
          weights,
          zeroNs: 0n,
          durationMs: traffic.duration,
          resolutionMs: RESOLUTION_MS,
        });
  const taken = createBitSet();
  const count: Omit<Listener, "row"> = {
    attempt(backend, atMs, reached, k, again) {
      attempts?.add({ backend, atNs: BigInt(Math.round(atMs * 1e6)), count: 1, retries: again ? 1 : 0 });
      if (!reached || k < 0) return;
      started[backend]! += 1;
      if (attempts !== null) taken.add(k);
    },
    completed(backend) {
      completed[backend]! += 1;
    },
  };
  let first: VirtualRun | null = null;
  const facts = requestFacts(scenario);
  const play = async (its: VirtualTrial, listener: Listener): Promise<VirtualRun> => {
    const run = playVirtual(its, listener);
    while (run.step(EVENTS_PER_TURN)) {
      const { nowMs, scheduled, ended } = run;
      onProgress({ phase: nowMs < 0 ? "warm up" : "measure", scheduled, ended, failed: 0 });
      await setImmediate();
      signal.throwIfAborted();
    }
    return run;
  };
  const unheard: Omit<Listener, "row"> = { attempt: () => undefined, completed: () => undefined };
  const read = async (row: (row: Row) => void): Promise<void> => {
    const run = await play(virtual, { ...(first === null ? count : unheard), row });
    first ??= run;
  };
  const withoutFaults = async (): Promise<Twin> => {
    const twin = createTwin();
    await play({ ...virtual, scenario: { ...scenario, faults: [] } }, { ...unheard, row: twin.record });
    return twin;
  };
  const { distilled, numbers } = await measureWindow(
    {
      durationMs: traffic.duration,
      timeoutMs: traffic.timeout,
      seed,
      backends: capacity.backends.map(({ id, slots }) => ({ id, slots, counts: countsOf(id) })),
      requests: facts.requests,
      mix: facts.mix === null ? null : { ...facts.mix, ordersPlaced: () => first?.ordersPlaced() ?? null },
      steady: isSteady(scenario),
      faults: faults.map((spec) => ({ spec, injectedAtMs: spec.at, liftedAtMs: spec.at + spec.for })),
      membership: scenario.membership,
      objective: serviceLevelOf(scenario),
      attempts,
      wasTaken: taken.has,
      twin: hasTwin(trial) ? await withoutFaults() : null,
      keyOf: keysOf(scenario, algorithm),
      plannedUnstable: unstableAlgorithms(scenario, [algorithm]).some(
        (each) => each.algorithm === contestant.algorithm,
      ),
    },
    read,
  );
  const played = first as VirtualRun | null;
  if (played === null) throw new Error(`trial ${trial.id} was not played`);
  return {
    ...identityOf(trial, "simulation"),
    startedAt: VIRTUAL_ZERO,
    note: contestant.note,
    durationMs: traffic.duration,
    ...(membership.length === 0 ? {} : { membership: membership.map((one) => ({ ...one, doneAt: one.at })) }),
    verdict: judgeTrial({
      counts: distilled.counts,
      countFailures: distilled.countFailures({ scheduled: played.scheduled, dropped: 0, inFlightAtEnd: 0 }),
      deaths: [],
      interrupted: false,
      offeredRate: distilled.offeredRate,
      sendRate: distilled.sendRate,
      sendLagP99Ms: null,
      backendLagP99Ms: null,
      meanServiceMs: distilled.meanServiceMs,
      generatorUtilisation: null,
      cpuPressure: null,
      steal: null,
      little: {
        sampled: played.inFlightMs / traffic.duration,
        fromRows: distilled.meanInFlight,
        noise: 0,
      },
    }),
    ...numbers,
    resources: {
      balancerCpuUsPerRequest: null,
      balancerRssBytes: null,
      balancerCores: null,
      generatorUtilisation: null,
      machineCpuPressure: null,
      backendLagP99Ms: null,
    },
  };
}

/** Virtual time has no date: the same trial has the same record whenever it is played. */
const VIRTUAL_ZERO = "1970-01-01T00:00:00.000Z";

/** The algorithm that a trial names, from its file where that is the user's own: a thread has no other way to it. */
async function definitionOf({
  algorithm,
  algorithmFile,
}: Pick<PlannedTrial["contestant"], "algorithm" | "algorithmFile">): Promise<AlgorithmDefinition> {
  if (algorithmFile !== null) return (await loadOwnAlgorithm(algorithmFile)).definition;
  const base = readComposedName(algorithm).algorithm;
  const found = findAlgorithm(base);
  if (found === undefined) throw new Error(`there is no algorithm "${algorithm}"`);
  return found;
}
