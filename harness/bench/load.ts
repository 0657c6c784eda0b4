import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { entry } from "#kernel/entry.ts";
import { locate } from "../../balancers/fetch/locate.ts";
import type { Traffic } from "../../scenarios/scenario.ts";
import type { LoadOrder, LoadReport } from "../live/load/plan.ts";
import { freePort } from "../live/runtimes/port.ts";
import { cpuNs, rssBytes } from "../live/runtimes/proc.ts";
import { OUTCOMES, ROW_BYTES, type Row, readRow } from "../rows.ts";
import type { BenchResult } from "./result.ts";

const HOST = "127.0.0.1";
const DURATION_MS = 5_000;
const ROUNDS = 3;
const WARMUP_MS = 1_000;
const LEAD_NS = 300_000_000n;
const START_LIMIT_MS = 5_000;

const BASE = {
  clients: 64,
  requests: [{ name: "home", method: "GET" as const, path: "/", weight: 1, headers: {} }],
  host: "shop.example",
  timeout: 5_000,
  warmup: WARMUP_MS,
  duration: DURATION_MS,
};
const openAt = (rate: number): Traffic => ({ ...BASE, model: "open", arrivals: { type: "constant", rate } });
const closedWith = (connections: number): Traffic => ({ ...BASE, model: "closed", connections, think: 0 });

/**
 * What the load generators can do against one NGINX worker on loopback that answers 38 bytes. Empty, with a word on
 * standard error, when there is no NGINX.
 */
export async function benchLoad(): Promise<readonly BenchResult[]> {
  const nginx = await locate("nginx");
  if (nginx === null) {
    process.stderr.write("load: no NGINX here, not measured (evenkeel setup fetches it)\n");
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-bench-"));
  const port = await freePort(HOST);
  await writeFile(join(folder, "nginx.conf"), configuration(folder, port));
  const server = spawn(nginx.command, ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"], {
    env: { ...process.env, ...nginx.env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const load = fork(entry(import.meta.url, "../live/load/main"), { serialization: "advanced" });
  try {
    await Promise.all([listening(port), nextReport(load, "ready")]);
    const fast: Measured[] = [];
    const precise: Measured[] = [];
    const closed: Measured[] = [];
    const measure = (traffic: Traffic) => playOnce(load, traffic, port, join(folder, "rows.bin"));
    for (let round = 0; round < ROUNDS; round++) {
      fast.push(await measure(openAt(15_000)));
      precise.push(await measure(openAt(2_000)));
      closed.push(await measure(closedWith(50)));
    }
    return resultsOf(fast, precise, closed);
  } finally {
    const exits = [server, load].map((child) => (child.exitCode === null ? once(child, "exit") : undefined));
    load.kill();
    server.kill();
    await Promise.all(exits);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Medians over the rounds. */
function resultsOf(
  fast: readonly Measured[],
  precise: readonly Measured[],
  closed: readonly Measured[],
): readonly BenchResult[] {
  const seconds = DURATION_MS / 1_000;
  const of = (rounds: readonly Measured[], value: (measured: Measured) => number) =>
    quantile(rounds.map(value), 0.5);
  const achieved = of(fast, ({ ok }) => ok / (15_000 * seconds));
  const lag = of(precise, ({ lagP99Ms }) => lagP99Ms);
  return [
    {
      name: "open, 15,000/s: answered in the window / planned",
      value: achieved,
      unit: "",
      target: { atLeast: 0.99 },
    },
    { name: "open, 15,000/s: send-lag p99", value: of(fast, ({ lagP99Ms }) => lagP99Ms), unit: "ms" },
    { name: "open, 15,000/s: generator CPU", value: of(fast, ({ cores }) => cores), unit: "cores" },
    { name: "open, 2,000/s: send-lag p99", value: lag, unit: "ms", target: { atMost: 1 } },
    {
      name: "open, 2,000/s: latency p50",
      value: of(precise, ({ latencyP50Ms }) => latencyP50Ms),
      unit: "ms",
    },
    { name: "closed, 50 users: throughput", value: of(closed, ({ ok }) => ok / seconds), unit: "requests/s" },
    { name: "closed, 50 users: generator CPU", value: of(closed, ({ cores }) => cores), unit: "cores" },
    {
      name: "generator memory after all rounds",
      value: Math.max(...closed.map(({ rssMiB }) => rssMiB)),
      unit: "MiB",
    },
  ];
}

function configuration(folder: string, port: number): string {
  return `daemon off; worker_processes 1; pid ${folder}/nginx.pid;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 100000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen ${HOST}:${port}; location / { return 200 "thirty-eight bytes of text, exactly so\n"; } }
}
`;
}

async function listening(port: number): Promise<void> {
  for (const limit = Date.now() + START_LIMIT_MS; Date.now() < limit; await sleep(20)) {
    const socket = connect(port, HOST);
    const up = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "close").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (up) return;
  }
  throw new Error("NGINX did not start");
}

function nextReport<Type extends LoadReport["type"]>(
  load: ChildProcess,
  type: Type,
): Promise<Extract<LoadReport, { type: Type }>> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the load process ended with ${code}`));
    const onMessage = (message: unknown): void => {
      const report = message as LoadReport;
      if (report.type === "failed") reject(new Error(report.message));
      if (report.type !== type) return;
      load.off("message", onMessage);
      load.off("exit", onExit);
      resolve(report as Extract<LoadReport, { type: Type }>);
    };
    load.on("message", onMessage);
    load.once("exit", onExit);
  });
}

interface Measured {
  readonly ok: number;
  readonly lagP99Ms: number;
  readonly latencyP50Ms: number;
  /** CPU of the load process, all threads, over wall time from the order to the last response. */
  readonly cores: number;
  readonly rssMiB: number;
}

async function playOnce(
  load: ChildProcess,
  traffic: Traffic,
  port: number,
  rowsFile: string,
): Promise<Measured> {
  const pid = load.pid as number;
  const startNs = process.hrtime.bigint();
  const cpuBefore = cpuNs(pid);
  const zeroNs = String(startNs + LEAD_NS + BigInt(traffic.warmup) * 1_000_000n);
  const order: LoadOrder = {
    type: "play",
    plan: {
      target: { host: HOST, port },
      seed: 1,
      traffic,
      service: { type: "constant", value: 1 },
      capacity: 1,
      zeroNs,
      rowsFile,
    },
  };
  const done = nextReport(load, "done");
  load.send(order);
  await done;
  const cores = (cpuNs(pid) - cpuBefore) / Number(process.hrtime.bigint() - startNs);
  const rssMiB = rssBytes(pid) / 2 ** 20;
  return { ...(await readRows(rowsFile, traffic.duration * 1_000)), cores, rssMiB };
}

async function readRows(
  path: string,
  durationUs: number,
): Promise<Pick<Measured, "ok" | "lagP99Ms" | "latencyP50Ms">> {
  const file = await open(path);
  const bytes = await file.readFile();
  await file.close();
  const row = {} as Row;
  const lags: number[] = [];
  const latencies: number[] = [];
  let ok = 0;
  for (let offset = ROW_BYTES; offset < bytes.length; offset += ROW_BYTES) {
    readRow(bytes, offset, row);
    if (OUTCOMES[row.outcome] === "ok" && row.endedUs <= durationUs) ok += 1;
    if (!Number.isNaN(row.sentUs)) lags.push(row.sentUs - row.dueUs);
    latencies.push(row.endedUs - row.dueUs);
  }
  return { ok, lagP99Ms: quantile(lags, 0.99) / 1_000, latencyP50Ms: quantile(latencies, 0.5) / 1_000 };
}

function quantile(values: number[], p: number): number {
  values.sort((a, b) => a - b);
  return values[Math.ceil(values.length * p) - 1] ?? Number.NaN;
}
