import { stringify } from "csv-stringify/sync";
import type { Latency, RunRecord, TrialRecord } from "../record.ts";
import type { Report } from "../report.ts";

type Cell = string | number | boolean | null;
type Row = Readonly<Record<string, Cell>>;

export const report: Report = {
  name: "csv",
  summary: "Every trial in one row (trials.csv) and every second of every trial in one row (series.csv).",
  render: (run) => [
    { path: "trials.csv", content: table(run.trials.map((trial) => trialRow(run, trial))) },
    {
      path: "series.csv",
      content: table(run.trials.flatMap((trial) => seriesRows(trial, mostBackends(run)))),
    },
  ],
};

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

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const latencyCells = (prefix: string, latency: Latency): Row =>
  Object.fromEntries(
    Object.entries(latency).map(([key, value]) => [`${prefix}_${key}${key === "count" ? "" : "_ms"}`, value]),
  );

const identity = (trial: TrialRecord): Row => ({
  trial: trial.id,
  scenario: trial.scenario,
  balancer: trial.balancer,
  algorithm: trial.algorithm,
  repeat: trial.repeat,
  control: trial.control,
});

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
  return {
    run: run.run.id,
    ...identity(trial),
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
