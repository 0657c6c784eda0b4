import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { entry } from "#kernel/entry.ts";

/**
 * A listening socket whose queue is full, so that the kernel drops every SYN: a thread of its own listens with a backlog of one and never
 * accepts, because it stands still. Needs no privilege and leaves the event loop free.
 */
export interface Plug {
  /** Resolves when the thread waits for its first call. */
  readonly ready: Promise<void>;
  /** Takes the port, which nobody else may have; returns when it is taken. Throws when it cannot be. */
  close(host: string, port: number): void;
  /** Gives the port free; whoever waits in the queue is reset. Safe to call when it is free. */
  open(): void;
  end(): Promise<void>;
}

/** Values of the shared word. */
export const PLUG = { free: 0, taken: 1, failed: 2 } as const;
/** The kernel holds one connection more than the backlog says. */
const FILLERS = 2;
const PATIENCE_MS = 2_000;

export function createPlug(): Plug {
  const shared = new SharedArrayBuffer(4);
  const state = new Int32Array(shared);
  const thread = new Worker(entry(import.meta.url, "./plug-thread"), { workerData: shared, execArgv: [] });
  thread.unref();
  const fillers: Socket[] = [];
  return {
    ready: new Promise((resolve) => thread.once("online", resolve)),
    close(host, port) {
      thread.postMessage({ host, port });
      Atomics.wait(state, 0, PLUG.free, PATIENCE_MS);
      if (Atomics.load(state, 0) !== PLUG.taken)
        throw new Error(`port ${port} on ${host} could not be taken`);
      for (let filler = 0; filler < FILLERS; filler++)
        fillers.push(connect(port, host).on("error", () => undefined));
    },
    open() {
      if (Atomics.load(state, 0) !== PLUG.taken) return;
      for (const filler of fillers.splice(0)) filler.destroy();
      Atomics.store(state, 0, PLUG.failed);
      Atomics.notify(state, 0);
      Atomics.wait(state, 0, PLUG.failed, PATIENCE_MS);
    },
    async end() {
      for (const filler of fillers.splice(0)) filler.destroy();
      await thread.terminate();
    },
  };
}
