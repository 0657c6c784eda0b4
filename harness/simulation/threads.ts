import { Worker } from "node:worker_threads";
import { entry } from "#kernel/entry.ts";
import { AlgorithmError } from "../../balancers/algorithm.ts";
import type { Engine, MeasuredTrial, PlannedTrial, Progress } from "../trial.ts";
import type { SimulatedTrial } from "./engine.ts";

export interface ThreadOrder {
  readonly trial: SimulatedTrial;
}

export type ThreadReport =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "done"; readonly record: MeasuredTrial }
  | { readonly type: "failed"; readonly error: unknown; readonly isAlgorithms: boolean };

/**
 * Plays trials in virtual time on threads, `parallel` of them at once: a trial is a function of its plan, so its record is the same as
 * that of a serial play. An abort ends what is under way.
 */
export function createThreadedEngine(parallel: number): Engine {
  const all: Worker[] = [];
  const idle: Worker[] = [];
  const start = (): Worker => {
    const thread = new Worker(entry(import.meta.url, "./thread"), { execArgv: [] });
    thread.setMaxListeners(0);
    all.push(thread);
    return thread;
  };
  const play = async (
    { contestant: { balancer: _, definition: __, ...contestant }, ...trial }: PlannedTrial,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<MeasuredTrial> => {
    signal.throwIfAborted();
    const thread = idle.pop() ?? start();
    const record = await ask(thread, { trial: { ...trial, contestant } }, signal, onProgress);
    idle.push(thread);
    return record;
  };
  return {
    name: "simulation",
    parallel,
    open: async (_scenario, signal) => ({
      prepare: async (trial) => ({
        play: (onProgress) => play(trial, signal, onProgress),
        close: async () => undefined,
      }),
      close: async () => undefined,
    }),
    async close() {
      await Promise.all(all.map((thread) => thread.terminate()));
    },
  };
}

function failureOf({ error, isAlgorithms }: Extract<ThreadReport, { type: "failed" }>): unknown {
  return isAlgorithms ? new AlgorithmError((error as Error).message) : error;
}

/** Rejects with what went wrong in the thread, when it ends, and when the run is aborted. */
function ask(
  thread: Worker,
  order: ThreadOrder,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<MeasuredTrial> {
  return new Promise<MeasuredTrial>((resolve, reject) => {
    const settle = (act: () => void): void => {
      thread.off("message", onMessage).off("error", onError).off("exit", onExit);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const onMessage = (message: ThreadReport): void => {
      if (message.type === "progress") onProgress(message.progress);
      else if (message.type === "done") settle(() => resolve(message.record));
      else settle(() => reject(failureOf(message)));
    };
    const onError = (error: unknown): void => settle(() => reject(error));
    const onExit = (code: number): void =>
      settle(() => reject(new Error(`a thread of the simulation ended with ${code}`)));
    const onAbort = (): void => settle(() => reject(signal.reason));
    thread.on("message", onMessage).on("error", onError).on("exit", onExit);
    signal.addEventListener("abort", onAbort, { once: true });
    thread.postMessage(order);
  });
}
