/** A thread that plays one simulated trial after the other for `threads.ts`. */
import { parentPort } from "node:worker_threads";
import { AlgorithmError } from "../../balancers/algorithm.ts";
import { playTrial } from "./engine.ts";
import type { ThreadOrder, ThreadReport } from "./threads.ts";

const port = parentPort;
if (port === null) throw new Error("this module is started as a thread");
const report = (message: ThreadReport): void => port.postMessage(message);
/** A thread is ended from outside. */
const { signal } = new AbortController();

port.on("message", async ({ trial }: ThreadOrder) => {
  try {
    const record = await playTrial(trial, signal, (progress) => report({ type: "progress", progress }));
    report({ type: "done", record });
  } catch (error) {
    // What kind of error it is does not travel.
    report({ type: "failed", error, isAlgorithms: error instanceof AlgorithmError });
  }
});
