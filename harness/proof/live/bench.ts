import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Millis } from "#kernel/units.ts";
import { LEDGER, NO_K } from "../../../backends/protocol.ts";
import type { Balancer } from "../../../balancers/balancer.ts";
import type { TrialRecord } from "../../../reports/record.ts";
import type { LoadedScenario } from "../../../scenarios/load.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { createLiveEngine } from "../../live/engine.ts";
import type { LoadOrder } from "../../live/load/plan.ts";
import { createProcessRuntime, type ProcessRuntime } from "../../live/runtimes/process.ts";
import { createWorkFolder } from "../../live/work-folder.ts";
import { createLedgerReader } from "../../measure/ledger.ts";
import { describeMachine } from "../../measure/machine.ts";
import { forEachRow } from "../../measure/read-rows.ts";
import { isLag, isStrain } from "../../measure/verdict.ts";
import { planTrials } from "../../plan.ts";
import type { Row } from "../../rows.ts";
import { type RunInProgress, startRun } from "../../run.ts";
import { createRunFolder, createRunId, type RunFolder } from "../../run-folder.ts";
import type { PlannedTrial } from "../../trial.ts";

/** A request of the window reached a backend, by that backend's own record. */
export interface Arrival {
  readonly k: number;
  /** Hrtime. */
  readonly atNs: number;
}

/** One trial with everything that it left behind. */
export interface Played {
  readonly trial: PlannedTrial;
  readonly record: TrialRecord;
  /** In order of k. */
  readonly rows: readonly Row[];
  /** In order of time. */
  readonly arrivals: readonly Arrival[];
  /** What disturbed the instrument. */
  readonly strain: readonly string[];
  /** What is wrong with the trial. */
  readonly broken: readonly string[];
}

export interface Missing {
  readonly balancer: string;
  readonly algorithm: string;
  readonly reason: string;
}

/** The live engine as `run` uses it, in a folder that goes away. */
export interface Bench {
  readonly signal: AbortSignal;
  /** For what is started beside the engine. */
  readonly runtime: ProcessRuntime;
  /** Of this bench alone, below the machine's folder for such things. */
  readonly folder: string;
  /** Plays every contestant of the scenario; a trial that the machine disturbed is played once more. Rejects when interrupted. */
  play(
    scenario: Scenario,
    options?: {
      readonly seed?: number;
      readonly repeat?: number;
      /** Lag (p99) that cannot move what is judged by more than its bound, where that is more than the verdict's limit. */
      readonly harmlessLagMs?: Millis;
    },
  ): Promise<{ readonly played: readonly Played[]; readonly missing: readonly Missing[] }>;
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly balancers: readonly Balancer[];
  readonly signal: AbortSignal;
  /** Time for playing trials once more that the machine disturbed. */
  readonly patienceMs: number;
  onProgress(text: string): void;
}

export function openBench({ balancers, signal, patienceMs, onProgress }: BenchOptions): Bench {
  const id = createRunId(new Date());
  const work = createWorkFolder(id);
  const runtime = createProcessRuntime();
  const tap = tapLedgers(runtime);
  let runs = 0;
  let patience = patienceMs;
  const play: Bench["play"] = async (scenario, { seed = 1, repeat = 1, harmlessLagMs = 0 } = {}) => {
    runs += 1;
    const folder = createRunFolder(id, join(work.path, `run-${runs}`));
    const workFolder = join(work.path, `work-${runs}`);
    mkdirSync(workFolder);
    const scenarios = [loadedOf(scenario)];
    const plan = planTrials(scenarios, balancers, {
      command: "run",
      seed,
      repeat,
      counterfactual: false,
      scenarioPath: (name) => name,
    });
    const engine = createLiveEngine({ runtime: tap.runtime, folder, workFolder, seed });
    const machine = describeMachine();
    const about = { id, seed, command: "evenkeel selftest", repeats: repeat, versions: {}, machine };
    const run = startRun({ ...about, scenarios, plan, engine, folder, signal });
    const played: Played[] = [];
    try {
      for (const trial of plan.trials) {
        const fromMs = performance.now();
        const playing = { run, folder, tap, signal, harmlessLagMs, onProgress };
        const first = await playOne(playing, trial);
        const lengthMs = performance.now() - fromMs;
        if (first.strain.length === 0 || patience < lengthMs) {
          played.push(first);
          continue;
        }
        patience -= lengthMs;
        onProgress(`once more: ${first.strain.join("; ")}`);
        played.push(await playOne(playing, trial));
      }
    } finally {
      await run.finish();
    }
    return { played, missing: plan.unsupported };
  };
  return {
    signal,
    runtime,
    folder: work.path,
    play,
    async close() {
      await runtime.stopAll();
      work.remove();
    },
  };
}

interface Playing {
  readonly run: RunInProgress;
  readonly folder: RunFolder;
  readonly tap: Tap;
  readonly signal: AbortSignal;
  readonly harmlessLagMs: Millis;
  onProgress(text: string): void;
}

async function playOne(
  { run, folder, tap, signal, harmlessLagMs, onProgress }: Playing,
  trial: PlannedTrial,
): Promise<Played> {
  onProgress(trial.id);
  const record = await run.play(trial, () => undefined);
  signal.throwIfAborted();
  const rows: Row[] = [];
  if (record.rows !== null && record.counts.scheduled > 0)
    await forEachRow(folder.place(record.rows), (row) => rows.push({ ...row }));
  return {
    trial,
    record,
    rows: rows.sort((a, b) => a.k - b.k),
    arrivals: [...tap.arrivals].sort((a, b) => a.atNs - b.atNs),
    ...conditionOf(record, harmlessLagMs),
  };
}

/** A busy machine may put Little's law off as well: a suspect trial is broken only when nothing disturbed it. */
export function conditionOf(
  { verdict, sendLagMs, resources }: Judged,
  harmlessLagMs: Millis,
): Pick<Played, "strain" | "broken"> {
  const { status, reasons } = verdict;
  const lagMs = Math.max(sendLagMs.p99 ?? 0, resources.backendLagP99Ms ?? 0);
  const strain = reasons.filter((reason) => isStrain(reason) && !(isLag(reason) && lagMs <= harmlessLagMs));
  if (status === "suspect" && reasons.some(isStrain))
    return { strain: strain.length > 0 ? reasons : [], broken: [] };
  return { strain, broken: reasons.filter((reason) => !isStrain(reason)) };
}

/** What of a record says how far it can be trusted. */
interface Judged {
  readonly verdict: TrialRecord["verdict"];
  readonly sendLagMs: { readonly p99: number | null };
  readonly resources: { readonly backendLagP99Ms: number | null };
}

interface Tap {
  readonly runtime: ProcessRuntime;
  readonly arrivals: Arrival[];
}

/** Reads along what the backends write to their ledgers; the engine reads the same bytes. */
function tapLedgers(runtime: ProcessRuntime): Tap {
  const arrivals: Arrival[] = [];
  return {
    arrivals,
    runtime: {
      ...runtime,
      async start(service) {
        const handle = await runtime.start(service);
        handle.ledger?.on(
          "data",
          createLedgerReader((event, k, atNs) => {
            if (event === LEDGER.attempt && k !== NO_K) arrivals.push({ k, atNs });
          }),
        );
        // What warms up generator and balancer has numbers too; the last order of all is the trial's.
        const send = (message: unknown): void => {
          if ((message as LoadOrder).type === "play") arrivals.length = 0;
          handle.send(message);
        };
        return service.name === "load" ? Object.create(handle, { send: { value: send } }) : handle;
      },
    },
  };
}

function loadedOf(scenario: Scenario): LoadedScenario {
  const { name } = scenario;
  return {
    scenario,
    given: name,
    path: name,
    suite: null,
    ownConfigs: new Map(),
    ownAlgorithms: new Map(),
    durationChanged: false,
    notes: [],
    trace: null,
    sweep: null,
    definition: scenario,
  };
}
