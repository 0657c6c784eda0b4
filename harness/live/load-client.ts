import { fileURLToPath } from "node:url";
import { entry } from "#kernel/entry.ts";
import type { Handle, Runtime } from "../../balancers/runtime.ts";
import { ProcessDiedError } from "../trial.ts";
import type { LoadOrder, LoadPlan, LoadReport, LoadSummary } from "./load/plan.ts";

export type LoadProgress = Extract<LoadReport, { type: "progress" }>;

/** The load generator's process: one for all trials of a run. */
export interface LoadClient {
  readonly handle: Handle;
  /** Resolves when every request has ended; an aborted signal ends it early with what there is. */
  play(
    plan: LoadPlan,
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: LoadProgress) => void },
  ): Promise<LoadSummary>;
  close(): Promise<void>;
}

export async function startLoadClient(runtime: Runtime, cwd: string): Promise<LoadClient> {
  const handle = await runtime.start({
    name: "load",
    command: process.execPath,
    args: [fileURLToPath(entry(import.meta.url, "./load/main"))],
    cwd,
    ipc: true,
  });
  let listener: (report: LoadReport) => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    listener = (report) => report.type === "ready" && resolve();
  });
  handle.onMessage((message) => listener(message as LoadReport));
  const died = handle.exited.then((exit) => {
    throw new ProcessDiedError(
      `the load generator ended with ${exit.signal ?? `code ${exit.code}`}: ${handle.logs().trim()}`,
    );
  });
  // It ends at `close` too; only who waits for it at that moment should hear of it.
  died.catch(() => undefined);
  await Promise.race([ready, died]);
  const order = (message: LoadOrder): void => handle.send(message);
  return {
    handle,
    async play(plan, { signal, onProgress }) {
      const done = new Promise<LoadSummary>((resolve, reject) => {
        listener = (report) => {
          if (report.type === "done") resolve(report.summary);
          if (report.type === "failed") reject(new Error(`load generator: ${report.message}`));
          if (report.type === "progress") onProgress(report);
        };
      });
      const abort = (): void => order({ type: "abort" });
      signal.addEventListener("abort", abort, { once: true });
      try {
        order({ type: "play", plan });
        if (signal.aborted) abort();
        return await Promise.race([done, died]);
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    close: async () => void (await handle.stop()),
  };
}
