/** Faults and phases as rows of CSV files. */
import { identity, latencyCells, type Row } from "./csv-cells.ts";
import type { FaultRecord, TrialRecord } from "./record.ts";

export const faultRows = (trial: TrialRecord): readonly Row[] =>
  trial.faults.map((fault, index) => ({ ...identity(trial), fault: index + 1, ...faultCells(fault) }));

function faultCells({ recoveredRangeMs, lostBy, excess, ...fault }: FaultRecord): Row {
  return {
    type: fault.type,
    backend: fault.backend,
    at_ms: fault.at,
    for_ms: fault.for,
    injected_at_ms: fault.injectedAt,
    lifted_at_ms: fault.liftedAt,
    detection: fault.detection,
    detected_after_ms: fault.detectedAfterMs,
    return: fault.return,
    returned_after_ms: fault.returnedAfterMs,
    recovery: fault.recovery,
    recovered_by: fault.recoveredBy,
    recovered_after_ms: fault.recoveredAfterMs,
    recovered_low_ms: recoveredRangeMs?.[0] ?? null,
    recovered_high_ms: recoveredRangeMs?.[1] ?? null,
    lost: fault.lost,
    lost_connect: lostBy?.connect ?? null,
    lost_mid_flight: lostBy?.midFlight ?? null,
    lost_timeout: lostBy?.timeout ?? null,
    lost_wrong_status: lostBy?.wrongStatus ?? null,
    drain_errors: fault.drainErrors,
    error_budget_burnt: fault.budgetBurnt,
    misdirected_share: fault.misdirectedShare,
    sent_while_known_bad: fault.sentWhileKnownBad,
    pairs: excess?.pairs ?? null,
    extra_failures: excess?.extraFailures ?? null,
    excess_ms: excess?.excessMs ?? null,
    excess_wait_ms: excess?.excessWaitMs ?? null,
    slower_share: excess?.slowerShare ?? null,
    resolution_ms: fault.resolutionMs,
  };
}

export const phaseRows = (trial: TrialRecord): readonly Row[] =>
  Object.entries(trial.impact?.phases ?? {}).map(([phase, record]) => ({
    ...identity(trial),
    phase,
    seconds: record.seconds,
    requests: record.requests,
    failed: record.failed,
    error_rate: record.errorRate,
    error_budget_burnt: record.budgetBurnt,
    latency_objective_ms: trial.impact?.objective.latencyMs ?? null,
    goodput_per_second: record.goodput,
    ...latencyCells("latency", record.latencyMs),
    attempts: record.attempts,
    retries: record.retries,
    amplification: record.amplification,
  }));
