import type { AttemptReport } from "../../balancers/balancer.ts";
import type { TrialRecord } from "../../reports/record.ts";
import { capacityOf } from "../../scenarios/capacity.ts";
import { assembleTrial } from "../measure/assemble.ts";
import type { PlannedTrial, Progress } from "../trial.ts";
import { keepConfigs } from "./configs.ts";
import { isProcessFault, playFaults } from "./fault-player.ts";
import type { Fleet } from "./fleet.ts";
import type { Instance, StageInputs } from "./stage.ts";
import { watchWindow } from "./window.ts";

export interface PlayInputs extends StageInputs {
  readonly trial: PlannedTrial;
  readonly instance: Instance;
  readonly onProgress: (progress: Progress) => void;
}

/** Time for the plan to reach the generator and the backends before warm-up begins. */
const LEAD_MS = 50;
const NS_PER_MS = 1e6;

/** Warm-up, window and what came of them: the record of one trial. */
export async function playTrial(inputs: PlayInputs): Promise<TrialRecord> {
  const { trial, fleet, scenario, folder, instance } = inputs;
  const load = await inputs.load();
  const { faults, traffic } = scenario;
  // Standbys of crashed backends take half a second to start: before the clock is set.
  await fleet.prepare(crashesOf(trial));
  const zeroNs = process.hrtime.bigint() + BigInt(Math.round((LEAD_MS + traffic.warmup) * NS_PER_MS));
  await fleet.reset(
    zeroNs,
    faults.filter((fault) => !isProcessFault(fault)),
  );

  const stop = new AbortController();
  const signal = AbortSignal.any([inputs.signal, stop.signal]);
  const deaths: string[] = [];
  const attempts: AttemptReport[] = [];
  instance.running.onAttempts((report) => attempts.push(report));
  const unwatch = watchBalancer(inputs, deaths, stop);
  const player = playFaults(fleet, faults, zeroNs, (error) =>
    deaths.push(`a fault could not be played: ${error.message}`),
  );
  const window = watchWindow(instance.running.handle, zeroNs);
  const rows = `trials/${trial.id}/requests.bin`;
  const startedAt = new Date(Date.now() + LEAD_MS + traffic.warmup).toISOString();
  try {
    const summary = await load.play(
      {
        target: { host: instance.running.host, port: instance.running.port },
        seed: trial.seed,
        traffic,
        service: scenario.backends.service,
        capacity: capacityOf(scenario).perSecond,
        zeroNs: String(zeroNs),
        rowsFile: folder.place(rows),
      },
      {
        signal,
        onProgress: ({ scheduled, ended, failed }) =>
          inputs.onProgress({ phase: phaseAt(zeroNs), scheduled, ended, failed }),
      },
    );
    const readings = window.stop();
    inputs.onProgress({ phase: "distil", scheduled: summary.scheduled, ended: summary.scheduled, failed: 0 });
    await player.close();
    const backendLagP99Ms = await settle(fleet);
    return await assembleTrial({
      trial,
      startedAt,
      rowsFile: folder.place(rows),
      rowsPath: rows,
      summary,
      ledgers: fleet.members.map(({ address, ledger }) => ({
        id: address.id,
        weight: address.weight,
        ledger,
      })),
      attempts: { reports: attempts, resolutionMs: instance.running.attemptResolutionMs },
      faults: player.log,
      zeroNs,
      deaths: [...deaths, ...fleet.members.flatMap(({ died }) => died ?? [])],
      interrupted: inputs.signal.aborted,
      backendLagP99Ms,
      ...readings,
      configs: keepConfigs(folder, trial, instance.spec),
    });
  } finally {
    unwatch();
    window.stop();
    await player.close();
  }
}

function crashesOf({ scenario }: PlannedTrial): ReadonlyMap<number, number> {
  const crashes = new Map<number, number>();
  for (const { type, backend } of scenario.faults)
    if (type === "crash") crashes.set(backend, (crashes.get(backend) ?? 0) + 1);
  return crashes;
}

function phaseAt(zeroNs: bigint): Progress["phase"] {
  return process.hrtime.bigint() < zeroNs ? "warm up" : "measure";
}

/** A balancer that ends while it is measured ends the trial: what followed would only be refused connections. */
function watchBalancer({ instance, trial }: PlayInputs, deaths: string[], stop: AbortController): () => void {
  let watching = true;
  void instance.running.handle.exited.then((exit) => {
    if (!watching) return;
    const words = instance.running.handle.logs().trim().split("\n").at(-1) ?? "";
    deaths.push(
      `${trial.contestant.name} ended unasked with ${exit.signal ?? `code ${exit.code}`}${words === "" ? "" : `: ${words}`}`,
    );
    stop.abort();
  });
  return () => {
    watching = false;
  };
}

const SETTLE_MS = 200;

/**
 * Waits (bounded) until no backend works on a request that its client gave up, so that the ledgers are complete; a backend that is down or
 * hangs cannot be asked. Gives the largest 99th percentile of departure lag in ms, null when no backend could be asked.
 */
async function settle(fleet: Fleet): Promise<number | null> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const running = fleet.members.filter(({ process }) => process.handle.running);
    const stats = await Promise.all(running.map(({ process }) => process.stats()));
    const busy = stats.some(({ inFlight }) => inFlight > 0);
    if (busy && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      continue;
    }
    return stats.length === 0 ? null : Math.max(...stats.map(({ lagP99Us }) => lagP99Us)) / 1_000;
  }
}
