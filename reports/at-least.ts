/** Throughput of a closed loop that may be the load generator's limit and not the balancer's. */
import type { Contestant } from "./contestants.ts";
import { showMicros, showSpan } from "./figures.ts";
import { nameContestants } from "./groups.ts";
import type { TrialRecord } from "./record.ts";

/** A generator that idles half of its time is not what held the trial back. */
const BUSY = 0.5;

/** CPU that the generator's event loop spent on each request, microseconds; null when it was not measured. */
function generatorCpu({ resources, counts, durationMs }: TrialRecord): number | null {
  const { generatorUtilisation } = resources;
  return generatorUtilisation === null || counts.sent === 0
    ? null
    : (generatorUtilisation * durationMs * 1_000) / counts.sent;
}

/** True when the generator was busy and paid more CPU for a request than the balancer did: a lighter one might have got more answers. */
export function mayBeGenerators(trial: TrialRecord): boolean {
  const own = generatorCpu(trial);
  const { balancerCpuUsPerRequest, generatorUtilisation } = trial.resources;
  return (
    own !== null &&
    generatorUtilisation !== null &&
    generatorUtilisation > BUSY &&
    balancerCpuUsPerRequest !== null &&
    own > balancerCpuUsPerRequest
  );
}

/** Null when no contestant's throughput is a lower bound. */
export function atLeastText(contestants: readonly Contestant[]): string | null {
  const bounded = contestants.filter((c) => c.atLeast);
  if (bounded.length === 0) return null;
  const spent = bounded.flatMap((c) => generatorCpu(c.shown) ?? []);
  return `At least: the load generator was busy and spent ${showSpan(spent, showMicros)} of CPU on a request, more than ${nameContestants(bounded)} did; what is answered there may be the generator's limit.`;
}
