import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { capacityOf } from "../../../scenarios/capacity.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import type { BackendProcess } from "../../live/backend-process.ts";
import { type LoadClient, startLoadClient } from "../../live/load-client.ts";
import { processTree } from "../../live/runtimes/proc.ts";
import { createProcessRuntime, type ProcessRuntime } from "../../live/runtimes/process.ts";
import { createWorkFolder } from "../../live/work-folder.ts";
import { sampleMachine } from "../../measure/machine.ts";
import { forEachRow } from "../../measure/read-rows.ts";
import { OUTCOMES, UNKNOWN_U32 } from "../../rows.ts";
import { prepareDatabase, projectEnvironment } from "../environment.ts";
import type { Python } from "../product.ts";
import { startDjango } from "../server.ts";
import type { Server } from "./ask.ts";
import type { Observed } from "./corrected.ts";
import { type DiaryEntry, openDiary } from "./diary.ts";

/** One gunicorn with one sync worker, and the load generator; nothing in between. */
export interface DjangoBench {
  readonly server: Server;
  /** Plays the traffic of a scenario straight at the server. */
  play(scenario: Scenario, seed: number, signal: AbortSignal): Promise<Played>;
  close(): Promise<void>;
}

export interface Played {
  /** Requests of the window that were answered. */
  readonly requests: readonly PlayedRequest[];
  readonly failed: number;
  /** Of the requests of the window, in the order in which the worker served them. */
  readonly diary: readonly DiaryEntry[];
  /** Share of CPU time that the hypervisor gave to others; null where it is not said. */
  readonly steal: number | null;
}

/** From the start of the window; milliseconds. */
export interface PlayedRequest extends Observed {
  /** Inside Django. */
  readonly serviceMs: number;
}

const HOST = "127.0.0.1";
const NAME = "shop.example";
const LEAD_MS = 50;

export async function openDjangoBench(id: string, python: Python): Promise<DjangoBench> {
  const runtime = createProcessRuntime();
  const work = createWorkFolder(id);
  const folder = join(work.path, "calibrate");
  let load: LoadClient | null = null;
  const close = async (): Promise<void> => {
    await load?.close();
    await runtime.stopAll();
    work.remove();
  };
  try {
    mkdirSync(folder);
    const database = await prepareDatabase(runtime, python, folder);
    const spec = {
      id: 1,
      host: HOST,
      port: await runtime.freePort(HOST),
      mode: "sync",
      workers: 1,
      threads: 1,
      speed: 1,
      django: "5.2",
      sessionBackend: "shared",
      allowedHosts: ["*"],
      seed: 0,
      listen: true,
    } as const;
    const django = await startDjango(runtime, spec, { python, database, cwd: folder, effort: true });
    load = await startLoadClient(runtime, folder);
    const generator = load;
    await hurry(runtime, python, folder, [...processTree(django.handle.pid), generator.handle.pid]);
    await keepAwake(runtime, python, folder);
    const diary = openDiary(folder);
    return {
      server: { host: HOST, port: django.port, name: NAME },
      play: (scenario, seed, signal) => play({ generator, django, folder, diary, scenario, seed, signal }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const HURRY_TIMEOUT_MS = 10_000;

/** A measurement goes before whatever else this machine does, where its user may say so: for others it is only likelier to be disturbed. */
async function hurry(
  runtime: ProcessRuntime,
  python: Python,
  folder: string,
  pids: readonly number[],
): Promise<void> {
  await runtime.run(python.command, ["-m", "evenkeel_shop.ahead", ...pids.map(String)], {
    cwd: folder,
    env: projectEnvironment(python, "", ["*"]),
    timeoutMs: HURRY_TIMEOUT_MS,
  });
}

/** Ends with everything else that the runtime started; where there is no such scheduling it ends by itself, and cores may sleep. */
async function keepAwake(runtime: ProcessRuntime, python: Python, folder: string): Promise<void> {
  await runtime.start({
    name: "awake",
    command: python.command,
    args: ["-m", "evenkeel_shop.awake"],
    env: projectEnvironment(python, "", ["*"]),
    cwd: folder,
  });
}

interface PlayInputs {
  readonly generator: LoadClient;
  readonly django: BackendProcess;
  readonly folder: string;
  readonly diary: ReturnType<typeof openDiary>;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly signal: AbortSignal;
}

async function play(inputs: PlayInputs): Promise<Played> {
  const { generator, django, folder, diary, scenario, seed, signal } = inputs;
  const { traffic, backends } = scenario;
  // What an aborted stretch left in the kernel's queue would be served in this one.
  await django.reset({ zeroNs: "0", faults: [] });
  diary.forget();
  const machine = sampleMachine();
  const rowsFile = join(folder, "rows.bin");
  const zeroNs = process.hrtime.bigint() + BigInt(Math.round((LEAD_MS + traffic.warmup) * 1e6));
  await generator.play(
    {
      target: { host: HOST, port: django.port },
      seed,
      traffic,
      service: backends.service,
      capacity: capacityOf(scenario).perSecond,
      zeroNs: String(zeroNs),
      rowsFile,
    },
    { signal, onProgress: () => undefined },
  );
  const { steal } = machine.stop();
  const read = await readRequests(rowsFile);
  rmSync(rowsFile, { force: true });
  return { ...read, diary: diary.read(), steal };
}

const OK = OUTCOMES.indexOf("ok");

async function readRequests(rowsFile: string): Promise<Pick<Played, "requests" | "failed">> {
  const requests: PlayedRequest[] = [];
  let failed = 0;
  await forEachRow(
    rowsFile,
    ({ k, outcome, dueUs, sentUs, endedUs, serviceUs }) => {
      if (outcome !== OK || serviceUs === UNKNOWN_U32) failed += 1;
      else
        requests.push({
          k,
          dueMs: dueUs / 1_000,
          sentMs: sentUs / 1_000,
          endedMs: endedUs / 1_000,
          serviceMs: serviceUs / 1_000,
        });
    },
    { partial: true },
  );
  return { requests, failed };
}
