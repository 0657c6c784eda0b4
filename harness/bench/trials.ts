import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "#kernel/statistics.ts";
import { fetchBalancers } from "../../balancers/fetch/fetch.ts";
import { balancers } from "../../balancers/registry.ts";
import { renderAll } from "../../reports/render.ts";
import { loadScenarios } from "../../scenarios/load.ts";
import { createLiveEngine } from "../live/engine.ts";
import { createProcessRuntime } from "../live/runtimes/process.ts";
import { createWorkFolder } from "../live/work-folder.ts";
import { describeMachine } from "../measure/machine.ts";
import { planTrials } from "../plan.ts";
import { startRun } from "../run.ts";
import { createRunFolder, createRunId } from "../run-folder.ts";
import { versionsOf } from "../versions.ts";
import type { BenchResult } from "./result.ts";

/** What a trial costs beside its load, and how long the reports of 12 trials take. Plays `steady` with 1 s windows for about half a minute. */
export async function benchTrials(): Promise<readonly BenchResult[]> {
  const found = await fetchBalancers(["nginx", "haproxy"]);
  const scenarios = await loadScenarios(["steady"], {
    balancers: ["nginx", "haproxy", "builtin"],
    algorithms: ["round-robin", "least-connections"],
    durationMs: 1_000,
  });
  const id = createRunId(new Date());
  const out = mkdtempSync(join(tmpdir(), "evenkeel-bench-"));
  const folder = createRunFolder(id, out);
  const work = createWorkFolder(id);
  const runtime = createProcessRuntime();
  try {
    const plan = planTrials(scenarios, balancers, {
      command: "run",
      seed: 1,
      repeat: 2,
      counterfactual: false,
      scenarioPath: (name) => name,
    });
    const engine = createLiveEngine({ runtime, folder, workFolder: work.path, seed: 1 });
    const signal = new AbortController().signal;
    const run = startRun({
      id,
      seed: 1,
      repeats: 2,
      command: "bench",
      scenarios,
      plan,
      engine,
      folder,
      versions: versionsOf(found),
      machine: describeMachine(),
      signal,
    });
    const costs: number[] = [];
    for (const trial of plan.trials.slice(0, 12)) {
      const from = performance.now();
      const { warmupMs, durationMs, latencyMs } = await run.play(trial, () => undefined);
      // The last responses are waited for at most as long as the slowest took.
      costs.push(performance.now() - from - warmupMs - durationMs - (latencyMs.max ?? 0));
    }
    const record = await run.finish();
    const from = performance.now();
    for (const file of await renderAll(record, folder.context)) folder.write(file);
    const reports = performance.now() - from;
    return [
      {
        name: "a trial beside its load, 4 backends, median of 12",
        value: median(costs) / 1_000,
        unit: "s",
        target: { atMost: 1.5 },
      },
      { name: "reports of 12 trials", value: reports / 1_000, unit: "s", target: { atMost: 3 } },
    ];
  } finally {
    await runtime.stopAll();
    work.remove();
    rmSync(out, { recursive: true, force: true });
  }
}
