import { parentPort, workerData } from "node:worker_threads";

const shared = workerData as SharedArrayBuffer;
const control = new Int32Array(shared, 0, 1);
const deadline = new Float64Array(shared, 8, 1);

for (;;) {
  const sequence = Atomics.load(control, 0);
  const dueNs = deadline[0] ?? Number.POSITIVE_INFINITY;
  const leftMs = (dueNs - Number(process.hrtime.bigint())) / 1e6;
  const result = Atomics.wait(control, 0, sequence, Math.max(0, leftMs));
  if (result !== "timed-out") continue;
  parentPort?.postMessage(0);
  // Rang for this instant; the next `set` changes the sequence, also one that came in between.
  Atomics.wait(control, 0, sequence);
}
