/** What lost connections do to the record: every loss is counted as what it is, and nobody else's latency moves. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { median } from "#kernel/statistics.ts";
import type { Traffic } from "../../../scenarios/scenario.ts";
import { type LoadClient, startLoadClient } from "../../live/load-client.ts";
import { forEachRow } from "../../measure/read-rows.ts";
import { OUTCOMES, type Row, type RowOutcome } from "../../rows.ts";
import { scenarioOf } from "../../simulation/sketch.ts";
import { type Case, judge } from "../outcome.ts";
import type { Bench } from "./bench.ts";
import { LOSSES, type Loss, startTarget } from "./losing-target.ts";
import { judgeMerging } from "./merging.ts";

const SURVIVORS_MS = 0.5;
const TIMEOUT_MS = 400;

type Model = Traffic["model"];
const MODELS: readonly Model[] = ["open", "closed"];

export interface RecorderOptions {
  readonly durationMs: number;
}

interface Recorded {
  readonly rows: readonly Row[];
  readonly scheduled: number;
  /** Requests that the target answered in full, and those that it made fail. */
  readonly answered: number;
  readonly lost: number;
}

export async function proveRecorder(bench: Bench, { durationMs }: RecorderOptions): Promise<readonly Case[]> {
  const folder = join(bench.folder, "recorder");
  mkdirSync(folder);
  const load = await startLoadClient(bench.runtime, folder);
  const cases: Case[] = [];
  try {
    for (const model of MODELS) {
      const play = (loss: Loss): Promise<Recorded> =>
        record(load, folder, { model, loss, durationMs }, bench.signal);
      const before = await play("none");
      const played: [Exclude<Loss, "none">, Recorded][] = [];
      for (const loss of ["fin", "rst", "refused", "black-hole"] as const)
        played.push([loss, await play(loss)]);
      const control = controlOf(before, await play("none"));
      for (const [loss, recorded] of played) cases.push(...judgeLoss(model, loss, control, recorded));
      cases.push(...judgeMerging(model, succeeded(before.rows)));
    }
  } finally {
    await load.close();
  }
  return cases;
}

interface Setting {
  readonly model: Model;
  readonly loss: Loss;
  readonly durationMs: number;
}

function trafficOf({ model, durationMs }: Setting): Traffic {
  const common = { warmup: "0ms", duration: `${durationMs}ms`, timeout: `${TIMEOUT_MS}ms`, clients: 8 };
  const open = { arrivals: { type: "constant", rate: 400, load: undefined } };
  const closed = { model, connections: 4, think: "5ms" };
  return scenarioOf({ traffic: { ...common, ...(model === "open" ? open : closed) } }).traffic;
}

async function record(
  load: LoadClient,
  folder: string,
  setting: Setting,
  signal: AbortSignal,
): Promise<Recorded> {
  signal.throwIfAborted();
  const target = await startTarget(setting.loss);
  const traffic = trafficOf(setting);
  const rowsFile = join(folder, "rows.bin");
  const zeroNs = process.hrtime.bigint() + 50_000_000n;
  try {
    const outage =
      setting.loss === "refused"
        ? target.outage(50 + 0.4 * setting.durationMs, 0.2 * setting.durationMs)
        : null;
    const summary = await load.play(
      {
        target: { host: "127.0.0.1", port: target.port },
        seed: 1,
        traffic,
        service: { type: "constant", value: 1 },
        capacity: 1,
        zeroNs: String(zeroNs),
        rowsFile,
      },
      { signal, onProgress: () => undefined },
    );
    await outage;
    const rows: Row[] = [];
    await forEachRow(rowsFile, (row) => rows.push({ ...row }));
    const { answered } = target;
    // What was not answered in full is lost.
    return { rows, scheduled: summary.scheduled, answered, lost: summary.scheduled - answered };
  } finally {
    await target.close();
  }
}

const outcomeOf = ({ outcome }: Row): RowOutcome => OUTCOMES[outcome] as RowOutcome;
const latencyMs = ({ endedUs, dueUs }: Row): number => (endedUs - dueUs) / 1_000;
const succeeded = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => outcomeOf(row) === "ok");
/** A timeout ends when it is due, to the microsecond. */
const isOffTime = (row: Row): boolean =>
  outcomeOf(row) === "timeout" && Math.abs(latencyMs(row) - TIMEOUT_MS) > 1e-3;
const medianMs = (rows: readonly Row[]): number => median(succeeded(rows).map(latencyMs));

interface Control {
  readonly medianMs: number;
  readonly strain: readonly string[];
}

/** The target without losses, before and after: when those two are not alike, the machine was busier with the one than with the other. */
function controlOf(before: Recorded, after: Recorded): Control {
  const [one, other] = [medianMs(before.rows), medianMs(after.rows)];
  const moved = Math.abs(one - other);
  const strain = `without losses the median moved by ${moved.toFixed(2)} ms on its own, limit ${SURVIVORS_MS / 2} ms`;
  return { medianMs: (one + other) / 2, strain: moved > SURVIVORS_MS / 2 ? [strain] : [] };
}

function judgeLoss(
  model: Model,
  loss: Exclude<Loss, "none">,
  control: Control,
  played: Recorded,
): readonly Case[] {
  const id = `live/recorder/${model}/${loss}`;
  const title = `recorder: ${model}, ${loss.replace("-", " ")}`;
  const kind = LOSSES[loss];
  const survivors = succeeded(played.rows);
  // A loss is the loser's own: whoever failed otherwise, or whoever is missing, is a mistake of the record.
  const mistakes =
    Math.abs(survivors.length - played.answered) +
    Math.abs(played.rows.length - played.scheduled) +
    played.rows.filter((row) => !["ok", kind].includes(outcomeOf(row)) || isOffTime(row)).length;
  const dropped = played.rows.filter((row) => outcomeOf(row) === "dropped").length;
  return [
    judge({
      id: `${id}/counts`,
      title: `${title}: requests counted wrongly`,
      unit: "requests",
      theory: 0,
      measured: mistakes,
      bound: 0,
      note: `${played.scheduled} requests, ${played.lost} lost${kind === "ok" ? "" : ` as ${kind}`}`,
      // More than a second late: that is the machine's doing.
      strain: dropped > 0 ? [`${dropped} requests were not sent in time`] : [],
    }),
    judge({
      id: `${id}/survivors`,
      title: `${title}: median latency of the others`,
      unit: "ms",
      theory: control.medianMs,
      measured: medianMs(played.rows),
      bound: SURVIVORS_MS,
      note: "against the same target without losses, before and after",
      strain: control.strain,
    }),
  ];
}
