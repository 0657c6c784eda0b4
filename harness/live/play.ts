import type { FaultSpec } from "../../backends/faults/fault.ts";
import { capacityOf, isSteady } from "../../scenarios/capacity.ts";
import { spelledOut } from "../../scenarios/requests.ts";
import { serviceLevelOf } from "../../scenarios/service-level.ts";
import { faultWindows } from "../fault-windows.ts";
import { assembleTrial } from "../measure/assemble.ts";
import { watchAttempts } from "../measure/attempt-watch.ts";
import { identityOf } from "../measure/identity.ts";
import { keysOf } from "../measure/key-of.ts";
import { requestFacts } from "../measure/request-facts.ts";
import { type MeasuredTrial, type PlannedTrial, type Progress, plannedUnstable } from "../trial.ts";
import { keepConfigs } from "./configs.ts";
import { endedUnasked } from "./ended-unasked.ts";
import { playFaults } from "./fault-player.ts";
import { playMembership } from "./membership-player.ts";
import { primeBalancer } from "./prime.ts";
import { settle } from "./settle.ts";
import type { Instance, StageInputs } from "./stage.ts";
import { watchWindow } from "./window.ts";

export interface PlayInputs extends StageInputs {
  readonly trial: PlannedTrial;
  readonly instance: Instance;
  /** Rows file of the same seed without faults, to compare with; null when it was not played. */
  readonly twinRows: string | null;
  readonly onProgress: (progress: Progress) => void;
}

/** Where a trial keeps its rows, below the run folder. */
export const rowsOf = ({ id }: Pick<PlannedTrial, "id">): string => `trials/${id}/requests.bin`;

/** Time for the plan to reach the generator and the backends before warm-up begins. */
const LEAD_MS = 50;
const NS_PER_MS = 1e6;

/** Warm-up, window and what came of them: the record of one trial. */
export async function playTrial(inputs: PlayInputs): Promise<MeasuredTrial> {
  const { trial, fleet, scenario, folder, instance } = inputs;
  const { traffic } = scenario;
  const faults = faultWindows(scenario, trial.seed);
  const cookie = trial.contestant.definition?.cookie;
  inputs.signal.throwIfAborted();
  const load = await inputs.load();
  // Standbys of backends that will crash take half a second to start: before the clock is set.
  await fleet.prepare(restartsOf(faults));
  const target = { host: instance.running.host, port: instance.running.port };
  // Before it, because verification may have left work at the backends; after it, because it leaves some itself.
  await fleet.reset(process.hrtime.bigint(), [], trial.seed);
  await primeBalancer({ load, scenario, folder: instance.spec.directory, signal: inputs.signal }, target);
  const zeroNs = process.hrtime.bigint() + BigInt(Math.round((LEAD_MS + traffic.warmup) * NS_PER_MS));
  await fleet.reset(zeroNs, faults, trial.seed);
  const startedAt = new Date(Date.now() + LEAD_MS + traffic.warmup).toISOString();
  const rows = rowsOf(trial);
  const rowsFile = folder.place(rows);

  const deaths: string[] = [];
  const stop = new AbortController();
  const unwatch = watchBalancer(inputs, deaths, stop);
  const attempts = attemptsOf(inputs, faults, zeroNs);
  const window = watchWindow(instance.running.handle, zeroNs);
  const player = playFaults(fleet, faults, zeroNs, (error) =>
    deaths.push(`a fault could not be played: ${error.message}`),
  );
  const members = playMembership(scenario.membership, instance.running, zeroNs, (error) =>
    deaths.push(`a change of membership could not be made: ${error.message}`),
  );
  try {
    const summary = await load.play(
      {
        target,
        seed: trial.seed,
        traffic: spelledOut(scenario).traffic,
        service: scenario.backends.service,
        capacity: capacityOf(scenario).arrivalsPerSecond,
        zeroNs: String(zeroNs),
        rowsFile,
        maxConnections: instance.spec.maxConnections,
        ...(cookie === undefined ? {} : { cookie }),
      },
      {
        signal: AbortSignal.any([inputs.signal, stop.signal]),
        onProgress: (counts) => inputs.onProgress({ phase: phaseAt(zeroNs), ...counts }),
      },
    );
    const endedMs = Number(process.hrtime.bigint() - zeroNs) / NS_PER_MS;
    const { balancer, machine } = window.stop();
    inputs.onProgress({ phase: "distil", scheduled: summary.scheduled, ended: summary.scheduled, failed: 0 });
    await Promise.all([player.close(), members.close()]);
    await settle(fleet);
    const cut = inputs.signal.aborted || stop.signal.aborted;
    return await assembleTrial({
      identity: {
        ...identityOf(trial, "live"),
        startedAt,
        rows,
        configs: [...keepConfigs(folder, trial, instance.spec)],
      },
      // A window that was cut short is measured as far as it went.
      durationMs: cut ? Math.max(1, Math.min(traffic.duration, endedMs)) : traffic.duration,
      timeoutMs: traffic.timeout,
      steady: isSteady(scenario),
      interrupted: cut,
      load: summary,
      rowsFile,
      backends: capacityOf(scenario).backends.map(({ id, slots }) => ({
        id,
        slots,
        ledger: ledgerOf(inputs, id),
      })),
      ...requestFacts(scenario),
      faults: player.log,
      membership: members.log,
      objective: serviceLevelOf(scenario),
      keyOf: trial.contestant.definition === null ? null : keysOf(scenario, trial.contestant.definition),
      twinRows: inputs.twinRows,
      attempts,
      plannedUnstable: plannedUnstable(trial),
      balancer,
      machine,
      deaths: [...deaths, ...fleet.members.flatMap(({ died }) => died ?? [])],
    });
  } finally {
    unwatch();
    window.stop();
    await Promise.all([player.close(), members.close()]);
  }
}

function ledgerOf({ fleet }: PlayInputs, id: number): (typeof fleet.members)[number]["ledger"] {
  const member = fleet.members.find(({ address }) => address.id === id);
  if (member === undefined) throw new Error(`no backend ${id} in the fleet`);
  return member.ledger;
}

function attemptsOf(
  { fleet, scenario, instance }: PlayInputs,
  faults: readonly FaultSpec[],
  zeroNs: bigint,
): ReturnType<typeof watchAttempts> | null {
  const { attemptResolutionMs } = instance.running;
  if (attemptResolutionMs === null) return null;
  const weights = new Map(fleet.addresses.map(({ id, weight }) => [id, weight]));
  const watch = watchAttempts({
    faults,
    weights,
    zeroNs,
    durationMs: scenario.traffic.duration,
    resolutionMs: attemptResolutionMs,
  });
  instance.running.onAttempts(watch.add);
  return watch;
}

/** How many processes will take over from another, by backend id. */
function restartsOf(faults: readonly FaultSpec[]): ReadonlyMap<number, number> {
  const restarts = new Map<number, number>();
  for (const { type, backend } of faults)
    if (type === "crash" || type === "restart") restarts.set(backend, (restarts.get(backend) ?? 0) + 1);
  return restarts;
}

function phaseAt(zeroNs: bigint): Progress["phase"] {
  return process.hrtime.bigint() < zeroNs ? "warm up" : "measure";
}

/** A balancer that ends while it is measured ends the trial: what followed would only be refused connections. */
function watchBalancer({ instance, trial }: PlayInputs, deaths: string[], stop: AbortController): () => void {
  let watching = true;
  void instance.running.handle.exited.then((exit) => {
    if (!watching) return;
    deaths.push(endedUnasked(trial.contestant, instance.running.handle, exit));
    stop.abort();
  });
  return () => {
    watching = false;
  };
}
