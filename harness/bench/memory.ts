import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { entry } from "#kernel/entry.ts";
import type { BenchResult } from "./result.ts";

const SHORT_S = 5;
const LONG_S = 20;
const RATE = 1_000;
const SAMPLE_MS = 50;
/** Of the long run's peak over the short one's: collecting garbage later or earlier makes some of it. */
const MOST = 1.2;

/** Peak memory of a whole run's own processes, for two lengths of the window at the same rate through the builtin proxy. */
export async function benchMemory(): Promise<readonly BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-bench-"));
  try {
    const short = await peaksOf(folder, SHORT_S);
    const long = await peaksOf(folder, LONG_S);
    return [...short].flatMap(([name, bytes]): readonly BenchResult[] => {
      const later = long.get(name) ?? Number.NaN;
      return [
        { name: `memory: ${name}, ${SHORT_S} s at ${RATE}/s`, value: bytes / 2 ** 20, unit: "MiB" },
        {
          name: `memory: ${name}, ${LONG_S} s`,
          value: later / bytes,
          unit: `of ${SHORT_S} s`,
          target: { atMost: MOST },
        },
      ];
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Largest anonymous memory in bytes of the harness and of the load generator. Proxy and backends are not looked at: V8 collects their old
 * objects when it likes, and 150 s of this load took a proxy from 137 to 244 MiB and back to 43.
 */
async function peaksOf(folder: string, seconds: number): Promise<ReadonlyMap<string, number>> {
  const scenario = join(folder, `memory-${seconds}.yaml`);
  await writeFile(scenario, scenarioText(seconds));
  const cli = fileURLToPath(entry(import.meta.url, "../cli"));
  const out = join(folder, `run-${seconds}`);
  const run = spawn(process.execPath, [cli, "run", scenario, "--out", out], { stdio: "ignore" });
  const peaks = new Map<string, number>();
  const look = setInterval(() => {
    for (const [name, bytes] of peaksNow(run.pid ?? 0))
      peaks.set(name, Math.max(bytes, peaks.get(name) ?? 0));
  }, SAMPLE_MS);
  const code = await new Promise((resolve) => run.once("close", resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`the run for the memory ended with ${code}`);
  return peaks;
}

function peaksNow(harness: number): ReadonlyMap<string, number> {
  const peaks = new Map<string, number>();
  const generator = childrenOf(harness).find((pid) =>
    read(`/proc/${pid}/cmdline`).includes("live/load/main"),
  );
  for (const [name, pid] of [
    ["harness", harness],
    ["load generator", generator],
  ] as const) {
    const kib = /^RssAnon:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
    if (kib !== undefined) peaks.set(name, Number(kib) * 1_024);
  }
  return peaks;
}

function childrenOf(parent: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => Number(/\) \S+ (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1]) === parent)
    .map(Number);
}

/** Empty for a process that ended between two looks. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const scenarioText = (seconds: number): string => `
name: memory
title: The same traffic for ${seconds} s
backends: { count: 2, workers: 4, service: { type: constant, value: 1ms } }
traffic: { model: open, arrivals: { type: constant, rate: ${RATE} }, warmup: 1s, duration: ${seconds}s }
contestants: { balancers: [builtin] }
`;
