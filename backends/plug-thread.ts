import { createServer } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { PLUG } from "./plug.ts";

const state = new Int32Array(workerData as SharedArrayBuffer);

function tell(value: number): void {
  Atomics.store(state, 0, value);
  Atomics.notify(state, 0);
}

parentPort?.on("message", ({ host, port }: { host: string; port: number }) => {
  const server = createServer();
  server.once("error", () => tell(PLUG.failed));
  server.listen({ host, port, backlog: 1 }, () => {
    tell(PLUG.taken);
    // Nothing is accepted while this thread stands still.
    Atomics.wait(state, 0, PLUG.taken);
    server.close();
    tell(PLUG.free);
  });
});
