import { stringify } from "csv-stringify/sync";
import { type Cell, identity, latencyCells, type Row, snake } from "../csv-cells.ts";
import { faultRows, phaseRows } from "../csv-faults.ts";
import type { RunRecord, TrialRecord } from "../record.ts";
import type { Report, ReportFile } from "../report.ts";

export const report: Report = {
  name: "csv",
  summary:
    "Every trial in one row (trials.csv), every second of every trial in one row (series.csv), and with faults every fault (faults.csv) and every phase (phases.csv) of every trial.",
  render: (run) => [
    { path: "trials.csv", content: table(run.trials.map((trial) => trialRow(run, trial))) },
    {
      path: "series.csv",
      content: table(run.trials.flatMap((trial) => seriesRows(trial, mostBackends(run)))),
    },
    ...whereAny("faults.csv", run.trials.flatMap(faultRows)),
    ...whereAny("phases.csv", run.trials.flatMap(phaseRows)),
  ],
};

const whereAny = (path: string, rows: readonly Row[]): readonly ReportFile[] =>
  rows.length === 0 ? [] : [{ path, content: table(rows) }];

/** A missing figure is an empty cell; units are in the heading. */
function table(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  return stringify(
    rows.map((row) => columns.map((column) => plain(row[column] ?? null))),
    { header: true, columns: [...columns] },
  );
}

/** A spreadsheet must not take text for a formula. */
const plain = (cell: Cell): Cell =>
  typeof cell === "string" && /^[=+\-@\t\r\n]/.test(cell)
    ? `'${cell}`
    : typeof cell === "boolean"
      ? String(cell)
      : cell;

const mostBackends = (run: RunRecord): number =>
  Math.max(
    0,
    ...run.trials.flatMap((t) => [...t.backends, ...t.series.flatMap((s) => s.backends)].map((b) => b.id)),
  );

function trialRow(run: RunRecord, trial: TrialRecord): Row {
  const intervals = Object.entries(trial.intervals).flatMap(([key, interval]): [string, Cell][] => [
    [`${snake(key)}_low`, interval?.[0] ?? null],
    [`${snake(key)}_high`, interval?.[1] ?? null],
  ]);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const { sweep } = run.scenarios.find(({ name }) => name === trial.scenario) ?? {};
  return {
    run: run.run.id,
    ...identity(trial),
    swept: sweep?.label ?? null,
    swept_value: sweep?.value ?? null,
    seed: trial.seed,
    engine: trial.engine,
    runtime: trial.runtime,
    started_at: trial.startedAt,
    duration_ms: trial.durationMs,
    verdict: trial.verdict.status,
    reasons: trial.verdict.reasons.join("; "),
    note: trial.note,
    ...Object.fromEntries(Object.entries(trial.counts).map(([key, value]) => [snake(key), value])),
    offered_per_second: trial.offeredRate,
    achieved_per_second: trial.achievedRate,
    error_rate: trial.errorRate,
    ...latencyCells("latency", trial.latencyMs),
    ...latencyCells("success_latency", trial.successLatencyMs),
    ...latencyCells("service_latency", trial.serviceLatencyMs),
    ...latencyCells("send_lag", trial.sendLagMs),
    ...Object.fromEntries(intervals),
    unstable: trial.growth.unstable,
    growth_ms_per_second: trial.growth.latencyMsPerSecond,
    regret: trial.regret,
    mean_send_lag_ms: trial.waterfallMs.sendLag,
    mean_hop_ms: trial.waterfallMs.hop,
    mean_queue_ms: trial.waterfallMs.queue,
    mean_service_ms: trial.waterfallMs.service,
    faults: trial.faults.length,
    lost: sum(trial.faults.map((fault) => fault.lost)),
    detection: trial.faults[0]?.detection ?? null,
    detected_after_ms: trial.faults[0]?.detectedAfterMs ?? null,
    return: trial.faults[0]?.return ?? null,
    returned_after_ms: trial.faults[0]?.returnedAfterMs ?? null,
    recovery: trial.faults[0]?.recovery ?? null,
    recovered_after_ms: trial.faults[0]?.recoveredAfterMs ?? null,
    misdirected_share: trial.faults[0]?.misdirectedShare ?? null,
    error_budget_burnt: trial.impact?.budgetBurnt ?? null,
    extra_failures: trial.impact?.counterfactual?.extraFailures ?? null,
    excess_ms: trial.impact?.counterfactual?.excessMs ?? null,
    excess_wait_ms: trial.impact?.counterfactual?.excessWaitMs ?? null,
    slower_share: trial.impact?.counterfactual?.slowerShare ?? null,
    excess_before_ms: trial.impact?.counterfactual?.beforeMs ?? null,
    keys: trial.impact?.keysMoved?.keys ?? null,
    keys_moved_during: trial.impact?.keysMoved?.during ?? null,
    keys_moved_needlessly: trial.impact?.keysMoved?.needless ?? null,
    keys_moved_after: trial.impact?.keysMoved?.after ?? null,
    leaves: trial.leaves.length,
    leave_drain_errors: sum(trial.leaves.map((leave) => leave.drainErrors)),
    balancer_cpu_us_per_request: trial.resources.balancerCpuUsPerRequest,
    balancer_rss_bytes: trial.resources.balancerRssBytes,
    balancer_cores: trial.resources.balancerCores,
    generator_utilisation: trial.resources.generatorUtilisation,
    machine_cpu_pressure: trial.resources.machineCpuPressure,
    backend_lag_p99_ms: trial.resources.backendLagP99Ms,
    command: trial.command,
  };
}

function seriesRows(trial: TrialRecord, backends: number): readonly Row[] {
  return trial.series.map((second) => {
    const perBackend = Array.from({ length: backends }, (_, i) => i + 1).flatMap((id): [string, Cell][] => {
      const found = second.backends.find((backend) => backend.id === id);
      return [
        [`backend_${id}_ok`, found?.ok ?? null],
        [`backend_${id}_http_error`, found?.httpError ?? null],
        [`backend_${id}_timeout`, found?.timeout ?? null],
        [`backend_${id}_connection_error`, found?.connectionError ?? null],
        [`backend_${id}_aborted`, found?.aborted ?? null],
      ];
    });
    return {
      ...identity(trial),
      second: second.second,
      scheduled: second.scheduled,
      ok: second.ok,
      http_error: second.httpError,
      timeout: second.timeout,
      connection_error: second.connectionError,
      aborted: second.aborted,
      p50_ms: second.p50,
      p99_ms: second.p99,
      ...Object.fromEntries(perBackend),
    };
  });
}
