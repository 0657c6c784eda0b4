import type { Latency, TrialRecord } from "../../reports/record.ts";
import type { MeasuredTrial, PlannedTrial } from "../trial.ts";
import { noCounts } from "./counts.ts";
import { identityOf } from "./identity.ts";

const NOTHING: Latency = {
  count: 0,
  mean: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
  max: null,
};

/** The record of a trial that could not be measured: invalid, with its reasons, and no numbers. */
export function unmeasuredTrial(
  trial: PlannedTrial,
  engine: TrialRecord["engine"],
  reasons: readonly string[],
): MeasuredTrial {
  return {
    ...identityOf(trial, engine),
    durationMs: trial.scenario.traffic.duration,
    verdict: { status: "invalid", reasons: [...reasons] },
    counts: noCounts(),
    latencyMs: NOTHING,
    successLatencyMs: NOTHING,
    serviceLatencyMs: NOTHING,
    sendLagMs: NOTHING,
    intervals: { mean: null, p50: null, p90: null, p95: null, p99: null, achievedRate: null },
    offeredRate: 0,
    achievedRate: 0,
    errorRate: 0,
    growth: { unstable: false, latencyMsPerSecond: 0 },
    waterfallMs: { sendLag: null, hop: null, queue: null, service: null },
    requests: [],
    shop: null,
    backends: [],
    series: [],
    faults: [],
    impact: null,
    leaves: [],
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
