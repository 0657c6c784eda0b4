import type { Counts, TrialRecord } from "../../reports/record.ts";

export type Verdict = TrialRecord["verdict"];

/** Limits of the verdict; docs print them. */
export const VERDICT_LIMITS = {
  /** Least share of scheduled requests that the generator really sent. */
  sentShare: 0.99,
  /** Fewest requests of a window that are worth a number: a p90 then has 10 beyond it. */
  samples: 100,
  /** Send lag and backend lag, p99: the larger of the two. */
  lagMs: 1,
  lagShareOfService: 0.05,
  /** Event-loop utilisation of the generator without its pacing. */
  utilisation: 0.8,
  /** Share of the window in which something that could run waited for a CPU (PSI "some"). */
  cpuPressure: 0.25,
  /** Share of CPU time that the hypervisor gave to others. */
  steal: 0.05,
  /** Little's law: relative difference, above the noise of sampling. */
  little: 0.01,
} as const;

/** How reasons begin that say that the instrument was strained; the others are about the contestant, the counts or our own arithmetic. */
const STRAINS = {
  overload: "the load is above what the generator can send here",
  sendLag: "requests were sent late",
  backendLag: "backends answered late",
  utilisation: "the generator was busy",
  pressure: "the machine was short of CPU",
  steal: "the machine lost CPU to others",
} as const;

/** Whether a reason of a verdict says that this machine was too busy for the instrument. */
export function isStrain(reason: string): boolean {
  return Object.values(STRAINS).some((start) => reason.startsWith(start));
}

/** Whether a reason of a verdict says that requests were sent or answered late. */
export function isLag(reason: string): boolean {
  return reason.startsWith(STRAINS.sendLag) || reason.startsWith(STRAINS.backendLag);
}

/** What a verdict is made from: about the instrument, never about the target's latency. Null: not known here. */
export interface VerdictInput {
  readonly counts: Counts;
  /** Why counts fail: from the rows themselves and from the ledgers. */
  readonly countFailures: readonly string[];
  /** Who ended although nobody asked, one sentence each. */
  readonly deaths: readonly string[];
  /** The run was interrupted in this trial. */
  readonly interrupted: boolean;
  readonly offeredRate: number;
  readonly sendRate: number;
  readonly sendLagP99Ms: number | null;
  readonly backendLagP99Ms: number | null;
  readonly meanServiceMs: number;
  readonly generatorUtilisation: number | null;
  readonly cpuPressure: number | null;
  readonly steal: number | null;
  readonly little: LittleCheck | null;
}

/** Requests in flight, averaged over the window: as sampled, and as the rows say. */
export interface LittleCheck {
  readonly sampled: number;
  readonly fromRows: number;
  /** Three standard errors of the sampled mean around the true one. */
  readonly noise: number;
}

/** `invalid` when a number of the trial cannot be trusted, `suspect` when the instrument was strained; reasons for all of it. */
export function judgeTrial(input: VerdictInput): Verdict {
  const invalid = invalidReasons(input);
  const suspect = suspectReasons(input);
  const status = invalid.length > 0 ? "invalid" : suspect.length > 0 ? "suspect" : "valid";
  return { status, reasons: [...invalid, ...suspect] };
}

function invalidReasons(input: VerdictInput): readonly string[] {
  const { counts } = input;
  const reasons = input.countFailures.map((failure) => `counts do not add up: ${failure}`);
  if (input.interrupted) reasons.push("the trial was interrupted before its end");
  if (counts.scheduled < VERDICT_LIMITS.samples) {
    reasons.push(
      `too few samples: ${counts.scheduled} requests in the window, at least ${VERDICT_LIMITS.samples} are needed`,
    );
  }
  const sentShare = counts.scheduled === 0 ? 1 : counts.sent / counts.scheduled;
  if (sentShare < VERDICT_LIMITS.sentShare) {
    reasons.push(
      `${STRAINS.overload}: ${counts.sent} of ${counts.scheduled} requests (${percent(sentShare)}) were sent, ` +
        `${rate(input.sendRate)} of ${rate(input.offeredRate)} per second`,
    );
  }
  return [...reasons, ...input.deaths];
}

function suspectReasons(input: VerdictInput): readonly string[] {
  const reasons: string[] = [];
  const lagLimit = Math.max(VERDICT_LIMITS.lagMs, VERDICT_LIMITS.lagShareOfService * input.meanServiceMs);
  if (input.sendLagP99Ms !== null && input.sendLagP99Ms > lagLimit) {
    reasons.push(`${STRAINS.sendLag}: send lag p99 ${ms(input.sendLagP99Ms)}, limit ${ms(lagLimit)}`);
  }
  if (input.backendLagP99Ms !== null && input.backendLagP99Ms > lagLimit) {
    reasons.push(`${STRAINS.backendLag}: lag p99 ${ms(input.backendLagP99Ms)}, limit ${ms(lagLimit)}`);
  }
  pushAbove(
    reasons,
    STRAINS.utilisation,
    input.generatorUtilisation,
    VERDICT_LIMITS.utilisation,
    "of the window",
  );
  pushAbove(
    reasons,
    STRAINS.pressure,
    input.cpuPressure,
    VERDICT_LIMITS.cpuPressure,
    "of the window under pressure",
  );
  pushAbove(reasons, STRAINS.steal, input.steal, VERDICT_LIMITS.steal, "of CPU time stolen");
  if (input.little !== null) reasons.push(...littleReasons(input.little));
  return reasons;
}

function littleReasons({ sampled, fromRows, noise }: LittleCheck): readonly string[] {
  const limit = Math.max(VERDICT_LIMITS.little * fromRows, noise);
  if (Math.abs(sampled - fromRows) <= limit) return [];
  return [
    `Little's law is off: ${sampled.toFixed(3)} requests in flight as sampled, ${fromRows.toFixed(3)} by the rows, ` +
      `limit ${limit.toFixed(3)} apart`,
  ];
}

function pushAbove(reasons: string[], what: string, value: number | null, limit: number, unit: string): void {
  if (value !== null && value > limit)
    reasons.push(`${what}: ${percent(value)} ${unit}, limit ${percent(limit)}`);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function rate(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}
