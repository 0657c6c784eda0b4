import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { capacityOf } from "../../../scenarios/capacity.ts";
import { type LoadClient, startLoadClient } from "../../live/load-client.ts";
import { createProcessRuntime } from "../../live/runtimes/process.ts";
import { cpuNs, delayNs, processTree } from "../../live/runtimes/proc.ts";
import type { BackendProcess } from "../../live/backend-process.ts";
import { createWorkFolder } from "../../live/work-folder.ts";
import { forEachRow } from "../../measure/read-rows.ts";
import { sampleMachine } from "../../measure/machine.ts";
import { OUTCOMES, UNKNOWN_U32 } from "../../rows.ts";
import { prepareDatabase } from "../environment.ts";
import type { Python } from "../product.ts";
import { startDjango } from "../server.ts";
import type { Server } from "./ask.ts";

/** One gunicorn with one sync worker, and the load generator; nothing in between. */
export interface DjangoBench {
  readonly server: Server;
  /** Plays the traffic of a scenario straight at the server. */
  play(scenario: Scenario, seed: number, signal: AbortSignal): Promise<Played>;
  close(): Promise<void>;
}

/** One request of the window; milliseconds. */
export interface PlayedRequest {
  readonly k: number;
  /** From the instant it was due. */
  readonly latencyMs: number;
  /** Inside Django. */
  readonly serviceMs: number;
}

export interface Played {
  /** In order of k. */
  readonly requests: readonly PlayedRequest[];
  readonly failed: number;
  /** Of the worker, from before the warm-up to the last answer. */
  readonly workerCpuMs: number;
  /** What the worker waited for a core, of the time that it could run. */
  readonly disturbed: number;
  /** Share of CPU time that the hypervisor gave to others; null where it is not said. */
  readonly steal: number | null;
  /** 99th percentile of how late requests were sent. */
  readonly lateMs: number;
  /** Requests of warm-up and window. */
  readonly served: number;
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
      allowedHosts: ["*"],
      seed: 0,
      listen: true,
    } as const;
    const django = await startDjango(runtime, spec, { python, database, cwd: folder, effort: true });
    load = await startLoadClient(runtime, folder);
    const generator = load;
    return {
      server: { host: HOST, port: django.port, name: NAME },
      play: (scenario, seed, signal) => play({ generator, django, folder, scenario, seed, signal }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface PlayInputs {
  readonly generator: LoadClient;
  readonly django: BackendProcess;
  readonly folder: string;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly signal: AbortSignal;
}

async function play({ generator, django, folder, scenario, seed, signal }: PlayInputs): Promise<Played> {
  const { traffic, backends } = scenario;
  // What an aborted slice left in the kernel's queue would be served in this one.
  await django.reset({ zeroNs: "0", faults: [] });
  // The master sleeps all the time: what its workers have is what counts.
  const workers = processTree(django.handle.pid).slice(1);
  const had = (of: (pid: number) => number): number => workers.reduce((sum, pid) => sum + of(pid), 0);
  const before = { cpu: had(cpuNs), delay: had(delayNs), served: (await django.stats()).completed };
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
  const cpu = had(cpuNs) - before.cpu;
  const delay = had(delayNs) - before.delay;
  const { steal } = machine.stop();
  const read = await readRequests(rowsFile);
  rmSync(rowsFile, { force: true });
  return {
    ...read,
    workerCpuMs: cpu / 1e6,
    disturbed: delay / Math.max(1, cpu + delay),
    steal,
    served: (await django.stats()).completed - before.served,
  };
}

const OK = OUTCOMES.indexOf("ok");

async function readRequests(rowsFile: string): Promise<Pick<Played, "requests" | "failed" | "lateMs">> {
  const requests: PlayedRequest[] = [];
  const late: number[] = [];
  let failed = 0;
  await forEachRow(
    rowsFile,
    ({ k, outcome, dueUs, sentUs, endedUs, serviceUs }) => {
      if (outcome !== OK || serviceUs === UNKNOWN_U32) {
        failed += 1;
        return;
      }
      late.push((sentUs - dueUs) / 1_000);
      requests.push({ k, latencyMs: (endedUs - dueUs) / 1_000, serviceMs: serviceUs / 1_000 });
    },
    { partial: true },
  );
  requests.sort((a, b) => a.k - b.k);
  late.sort((a, b) => a - b);
  return { requests, failed, lateMs: late[Math.floor(0.99 * late.length)] ?? 0 };
}
