import type { MembershipRecord, TrialRecord } from "../../reports/record.ts";
import type { LoadSummary } from "../live/load/plan.ts";
import type { MeasuredTrial } from "../trial.ts";
import type { AttemptWatch } from "./attempt-watch.ts";
import { createTwin, type Twin } from "./counterfactual.ts";
import type { Distilled } from "./distil.ts";
import type { FaultTimes } from "./faults.ts";
import type { KeyOf } from "./key-homes.ts";
import type { Ledger } from "./ledger.ts";
import type { MachineSample } from "./machine.ts";
import { measureWindow } from "./measure-window.ts";
import type { ServiceLevel } from "./phases.ts";
import { forEachRow } from "./read-rows.ts";
import { createReconciler } from "./reconcile.ts";
import { judgeTrial, type LittleCheck } from "./verdict.ts";

/** Fields of a trial that are known before it is measured. */
export type TrialIdentity = Pick<
  TrialRecord,
  | "id"
  | "scenario"
  | "engine"
  | "runtime"
  | "balancer"
  | "algorithm"
  | "control"
  | "note"
  | "repeat"
  | "seed"
  | "startedAt"
  | "warmupMs"
  | "configs"
  | "command"
  | "rows"
>;

export interface MeasuredBackend {
  readonly id: number;
  /** workers x threads. */
  readonly slots: number;
  readonly ledger: Ledger;
}

/** Everything a played trial left behind. */
export interface TrialInputs {
  readonly identity: TrialIdentity;
  /** Length of the window that was played, above 0; less than planned when interrupted. */
  readonly durationMs: number;
  readonly timeoutMs: number;
  /** The offered rate is the same all through the window; false in a closed loop. */
  readonly steady: boolean;
  readonly interrupted: boolean;
  /** Null when the generator could not report. */
  readonly load: LoadSummary | null;
  readonly rowsFile: string;
  /** In order of id; ledgers read to the end of what was written. */
  readonly backends: readonly MeasuredBackend[];
  /** Names of the request types, by position. */
  readonly requests: readonly string[];
  /** Whether a mix is played, and in sessions; null without one. */
  readonly mix: { readonly hasSessions: boolean } | null;
  readonly faults: readonly FaultTimes[];
  readonly membership: readonly MembershipRecord[];
  readonly objective: ServiceLevel;
  /** Null for an algorithm that goes by no key. */
  readonly keyOf: KeyOf | null;
  /** Rows file of the same seed without faults; null when it was not played. */
  readonly twinRows: string | null;
  /** Null when the balancer reports no attempts. */
  readonly attempts: AttemptWatch | null;
  /** The plan puts a backend at or above its capacity for good. */
  readonly plannedUnstable: boolean;
  /** Readings of the balancer over the window; null when it could not be read. */
  readonly balancer: { readonly cpuNs: number; readonly overMs: number; readonly rssBytes: number } | null;
  readonly machine: MachineSample;
  /** Who ended although nobody asked, one sentence each. */
  readonly deaths: readonly string[];
}

/** Puts a trial's record together from its rows and from what the others counted. Rejects when the rows cannot be read. */
export async function assembleTrial(inputs: TrialInputs): Promise<MeasuredTrial> {
  const { identity, durationMs, backends, load } = inputs;
  if (!(durationMs > 0))
    throw new Error(`trial ${identity.id}: a window of ${durationMs} ms cannot be measured`);
  const reconciler = createReconciler(backends);
  const partial = inputs.interrupted || load === null;
  let tailBytes = 0;
  const window = {
    ...inputs,
    seed: identity.seed,
    mix: inputs.mix === null ? null : { ...inputs.mix, ordersPlaced: () => ordersPlaced() },
    backends: backends.map(({ id, slots, ledger }) => ({ id, slots, counts: ledger.window })),
    wasTaken: (k: number) => backends.some(({ ledger }) => ledger.wasAttempted(k)),
    twin: inputs.twinRows === null ? null : await readTwin(inputs.twinRows),
  };
  const ordersPlaced = (): number => backends.reduce((sum, { ledger }) => sum + ledger.window.ordered, 0);
  let readings = 0;
  const { distilled, numbers } = await measureWindow(window, async (visit) => {
    readings += 1;
    const first = readings === 1;
    const read = await forEachRow(
      inputs.rowsFile,
      (row) => {
        visit(row);
        if (first) reconciler.visit(row);
      },
      { partial },
    );
    tailBytes = read.tailBytes;
  });
  const failures = [...distilled.countFailures(load), ...reconciler.finish().reasons];
  if (load === null && !inputs.interrupted) failures.push("the load generator did not report what it sent");
  if (tailBytes > 0) failures.push("the last row of the rows file is cut off");
  return {
    ...identity,
    durationMs,
    verdict: verdictOf(inputs, distilled, failures),
    ...numbers,
    ...membershipOf(inputs),
    resources: resourcesOf(inputs, distilled),
  };
}

async function readTwin(path: string): Promise<Twin> {
  const twin = createTwin();
  await forEachRow(path, twin.record);
  return twin;
}

const membershipOf = ({ membership }: TrialInputs): Pick<TrialRecord, "membership"> =>
  membership.length === 0 ? {} : { membership: [...membership] };

function verdictOf(
  inputs: TrialInputs,
  distilled: Distilled,
  countFailures: readonly string[],
): TrialRecord["verdict"] {
  return judgeTrial({
    counts: distilled.counts,
    countFailures,
    deaths: inputs.deaths,
    interrupted: inputs.interrupted,
    offeredRate: distilled.offeredRate,
    sendRate: distilled.sendRate,
    sendLagP99Ms: distilled.sendLagP99Ms,
    backendLagP99Ms: distilled.backendLagP99Ms,
    meanServiceMs: distilled.meanServiceMs,
    generatorUtilisation: inputs.load?.utilisation ?? null,
    cpuPressure: inputs.machine.pressure,
    steal: inputs.machine.steal,
    little: inputs.interrupted ? null : littleOf(inputs, distilled),
  });
}

/** The generator samples requests in flight once in every stretch of this length (load/sampler.ts). */
const SAMPLED_EVERY_MS = 2;

/**
 * One random instant per stretch sees a request's first and last stretch by luck: a variance of at most a quarter stretch squared
 * for each of the two, so sqrt(requests / 2) stretches for all; three standard errors are the noise.
 */
function littleOf(
  { load, durationMs }: TrialInputs,
  { counts, meanInFlight }: Distilled,
): LittleCheck | null {
  if (load === null) return null;
  const noise = (3 * SAMPLED_EVERY_MS * Math.sqrt(counts.sent / 2)) / durationMs;
  return { sampled: load.meanInFlight, fromRows: meanInFlight, noise };
}

function resourcesOf(
  { balancer, load, machine }: TrialInputs,
  distilled: Distilled,
): TrialRecord["resources"] {
  const { sent } = distilled.counts;
  return {
    balancerCpuUsPerRequest: balancer === null || sent === 0 ? null : balancer.cpuNs / 1_000 / sent,
    balancerRssBytes: balancer?.rssBytes ?? null,
    balancerCores: balancer === null ? null : balancer.cpuNs / (balancer.overMs * 1e6),
    generatorUtilisation: load?.utilisation ?? null,
    machineCpuPressure: machine.pressure,
    backendLagP99Ms: distilled.backendLagP99Ms,
  };
}
