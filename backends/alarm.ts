import { Worker } from "node:worker_threads";
import { entry } from "#kernel/entry.ts";

/**
 * Wakes the event loop at an absolute instant with about 0.1 ms of error, where `setTimeout` has 1 ms and rounds up. A thread of its
 * own sleeps on a futex (`Atomics.wait`) and posts a message, so nothing spins and the loop stays free for sockets.
 */
export interface Alarm {
  /** Calls back once at `atNs` (hrtime); replaces an earlier instant. Called at once in the next turn when it is past. */
  set(atNs: number): void;
  clear(): void;
  close(): Promise<void>;
}

/** `process.hrtime` in nanoseconds as a number: exact to 1 us for 104 days of uptime and longer. */
export function nowNs(): number {
  return Number(process.hrtime.bigint());
}

const SEQUENCE = 0;

/** `ring` may call `set` again. The thread does not keep the process alive. */
export function createAlarm(ring: () => void): Alarm {
  const shared = new SharedArrayBuffer(16);
  const control = new Int32Array(shared, 0, 1);
  const deadline = new Float64Array(shared, 8, 1);
  deadline[0] = Number.POSITIVE_INFINITY;
  const thread = new Worker(entry(import.meta.url, "./alarm-thread"), { workerData: shared, execArgv: [] });
  thread.unref();
  let dueNs = Number.POSITIVE_INFINITY;
  const wake = (): void => {
    deadline[0] = dueNs;
    Atomics.add(control, SEQUENCE, 1);
    Atomics.notify(control, SEQUENCE);
  };
  thread.on("message", () => {
    // A message may belong to an instant that was replaced since.
    if (nowNs() < dueNs) return;
    dueNs = Number.POSITIVE_INFINITY;
    ring();
  });
  return {
    set(atNs) {
      dueNs = atNs;
      wake();
    },
    clear() {
      dueNs = Number.POSITIVE_INFINITY;
      wake();
    },
    async close() {
      await thread.terminate();
    },
  };
}
