/** What lost connections do to the record: every loss is counted as what it is, and nobody else's latency moves. */
import { mkdirSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createHistogram, percentileWithFailures } from "#kernel/histogram.ts";
import { median } from "#kernel/statistics.ts";
import type { Traffic } from "../../../scenarios/scenario.ts";
import { OK, startServer } from "../../live/load/raw-server.ts";
import { type LoadClient, startLoadClient } from "../../live/load-client.ts";
import { sampleMachine } from "../../measure/machine.ts";
import { forEachRow } from "../../measure/read-rows.ts";
import { VERDICT_LIMITS } from "../../measure/verdict.ts";
import { OUTCOMES, type Row, type RowOutcome } from "../../rows.ts";
import { scenarioOf } from "../../simulation/testkit.ts";
import { type Case, judge } from "../outcome.ts";
import type { Bench } from "./bench.ts";

const SURVIVORS_MS = 0.5;
const ANSWER_MS = 5;
const TIMEOUT_MS = 400;
/** One request in so many meets the loss. */
const EVERY = 8;
const HALF = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf";

type Model = Traffic["model"];
const MODELS: readonly Model[] = ["open", "closed"];

export interface RecorderOptions {
  readonly durationMs: number;
}

/** What is lost, and as what it must be counted. `refused` also stops listening for a while. */
const LOSSES = {
  none: "ok",
  fin: "ok",
  rst: "connectionError",
  refused: "connectionError",
  "black-hole": "timeout",
} as const;
type Loss = keyof typeof LOSSES;

interface Recorded {
  readonly rows: readonly Row[];
  readonly scheduled: number;
  /** Requests that the target answered in full, and those that it made fail. */
  readonly answered: number;
  readonly lost: number;
  readonly strain: readonly string[];
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
      const control = await play("none");
      for (const loss of ["fin", "rst", "refused", "black-hole"] as const)
        cases.push(...judgeLoss(model, loss, control, await play(loss)));
      cases.push(...judgeMerging(model, control.rows));
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
  const machine = sampleMachine();
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
    // The last one may have been cut before it was told to be lost: what was not answered is lost.
    return {
      rows,
      scheduled: summary.scheduled,
      answered,
      lost: summary.scheduled - answered,
      strain: strainOf(rows, machine.stop()),
    };
  } finally {
    await target.close();
  }
}

/** The same limits as of a trial's verdict, for a target that answers in a few ms. */
function strainOf(
  rows: readonly Row[],
  { pressure, steal }: ReturnType<ReturnType<typeof sampleMachine>["stop"]>,
): readonly string[] {
  const lags = rows.map(({ sentUs, dueUs }) => (sentUs - dueUs) / 1_000).sort((a, b) => a - b);
  const lag = lags[Math.ceil(0.99 * lags.length) - 1] ?? 0;
  const reasons: string[] = [];
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  if (lag > VERDICT_LIMITS.lagMs)
    reasons.push(`send lag p99 ${lag.toFixed(2)} ms, limit ${VERDICT_LIMITS.lagMs} ms`);
  if (pressure !== null && pressure > VERDICT_LIMITS.cpuPressure)
    reasons.push(`CPU pressure ${percent(pressure)}, limit ${percent(VERDICT_LIMITS.cpuPressure)}`);
  if (steal !== null && steal > VERDICT_LIMITS.steal)
    reasons.push(`CPU stolen ${percent(steal)}, limit ${percent(VERDICT_LIMITS.steal)}`);
  return reasons;
}

interface Target {
  readonly port: number;
  /** Whole answers handed to the kernel. */
  readonly answered: number;
  /** Stops listening after `afterMs` for `forMs` and cuts every connection; what had come in before is answered first. */
  outage(afterMs: number, forMs: number): Promise<void>;
  close(): Promise<void>;
}

async function startTarget(loss: Loss): Promise<Target> {
  let answered = 0;
  let open = 0;
  let isClosing = false;
  const answer = (socket: Socket, then: () => void): void => {
    open += 1;
    setTimeout(() => {
      open -= 1;
      answered += 1;
      socket.write(OK, then);
    }, ANSWER_MS);
  };
  const handle = (socket: Socket, index: number): void => {
    if (isClosing) return;
    const isHit = index % EVERY === EVERY - 1;
    if (isHit && loss === "black-hole") return;
    if (isHit && loss === "rst") return void socket.write(HALF, () => socket.resetAndDestroy());
    answer(socket, () => {
      if (isHit && loss === "fin") socket.end();
    });
  };
  let server = await startServer(handle);
  const { port } = server;
  return {
    port,
    get answered() {
      return answered;
    },
    async outage(afterMs, forMs) {
      await delay(afterMs);
      isClosing = true;
      while (open > 0) await delay(1);
      // What was written is on its way.
      await delay(20);
      await server.close();
      await delay(forMs);
      isClosing = false;
      server = await startServer(handle, port);
    },
    close: () => server.close(),
  };
}

const outcomeOf = ({ outcome }: Row): RowOutcome => OUTCOMES[outcome] as RowOutcome;
const latencyMs = ({ endedUs, dueUs }: Row): number => (endedUs - dueUs) / 1_000;
const succeeded = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => outcomeOf(row) === "ok");

function judgeLoss(
  model: Model,
  loss: Exclude<Loss, "none">,
  control: Recorded,
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
    played.rows.filter((row) => !["ok", kind].includes(outcomeOf(row))).length;
  return [
    judge({
      id: `${id}/counts`,
      title: `${title}: requests counted wrongly`,
      unit: "requests",
      theory: 0,
      measured: mistakes,
      bound: 0,
      note: `${played.scheduled} requests, ${played.lost} lost${kind === "ok" ? "" : ` as ${kind}`}`,
      ...(survivors.length + played.lost === played.scheduled && mistakes === 0
        ? {}
        : { strain: dropped(played) }),
    }),
    judge({
      id: `${id}/survivors`,
      title: `${title}: median latency of the others`,
      unit: "ms",
      theory: median(succeeded(control.rows).map(latencyMs)),
      measured: median(survivors.map(latencyMs)),
      bound: SURVIVORS_MS,
      note: "against the same target without losses, just before",
      strain: [...new Set([...control.strain, ...played.strain])],
    }),
  ];
}

/** Arrivals that the generator was more than a second late with are dropped: that is the machine's doing. */
function dropped({ rows }: Recorded): readonly string[] {
  const count = rows.filter((row) => outcomeOf(row) === "dropped").length;
  return count === 0 ? [] : [`${count} requests were not sent in time`];
}

const SHARDS = 7;
const PERCENTILES = [0.5, 0.9, 0.95, 0.99];

/** Merged shards against the whole, and percentiles with more and more failures; on real rows. */
export function judgeMerging(model: Model, rows: readonly Row[]): readonly Case[] {
  const ok = succeeded(rows);
  const whole = createHistogram();
  const shards = Array.from({ length: SHARDS }, createHistogram);
  for (const [at, row] of ok.entries()) {
    whole.record(row.endedUs - row.dueUs);
    shards[at % SHARDS]?.record(row.endedUs - row.dueUs);
  }
  const merged = createHistogram();
  for (const shard of shards) merged.add(shard);
  let differences = 0;
  for (let rank = 1; rank <= whole.count; rank++)
    if (merged.atRank(rank) !== whole.atRank(rank)) differences += 1;
  const title = `recorder: ${model}`;
  return [
    judge({
      id: `live/recorder/${model}/shards`,
      title: `${title}: values that differ in ${SHARDS} shards merged and in the whole`,
      unit: "values",
      theory: 0,
      measured: differences + Math.abs(merged.count - whole.count),
      bound: 0,
      note: `${whole.count} requests`,
    }),
    judge({
      id: `live/recorder/${model}/failures`,
      title: `${title}: percentiles that fall when successes become failures`,
      unit: "percentiles",
      theory: 0,
      measured: lowered(ok),
      bound: 0,
      note: "a failure ranks slower than any success",
    }),
  ];
}

/** The fastest fail first: the worst case for a record that would forget them. */
function lowered(ok: readonly Row[]): number {
  const latencies = ok.map(({ endedUs, dueUs }) => endedUs - dueUs).sort((a, b) => a - b);
  let count = 0;
  let before = PERCENTILES.map(() => 0);
  for (let failures = 0; failures < latencies.length; failures += Math.ceil(latencies.length / 20)) {
    const histogram = createHistogram();
    for (const latency of latencies.slice(failures)) histogram.record(latency);
    const now = PERCENTILES.map(
      (p) => percentileWithFailures(histogram, failures, p) ?? Number.POSITIVE_INFINITY,
    );
    count += now.filter((value, at) => value < (before[at] as number)).length;
    before = now;
  }
  return count;
}
