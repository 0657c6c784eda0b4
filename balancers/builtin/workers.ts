import cluster from "node:cluster";
import type { FailedMessage, ProxyMessage } from "./main.ts";

/**
 * Starts `count` copies of this process that share the listening socket, relays what they say, and ends with them. A copy that dies
 * unasked ends the whole balancer: a trial with fewer workers than stated would be another trial.
 */
export function superviseWorkers(
  count: number,
  say: (message: ProxyMessage) => void,
  fail: (error: unknown) => void,
): void {
  let ready = 0;
  let running = count;
  let isStopping = false;
  let failure: FailedMessage | null = null;
  cluster.setupPrimary({
    args: process.argv.slice(2),
    execArgv: process.execArgv,
    serialization: "advanced",
  });
  cluster.on("message", (_, message: ProxyMessage) => {
    if (message.type === "attempts") say(message);
    else if (message.type === "failed") failure ??= message;
    else {
      ready += 1;
      if (ready === count) say(message);
    }
  });
  cluster.on("exit", (worker, code, signal) => {
    running -= 1;
    if (!isStopping) {
      isStopping = true;
      stopOthers();
      fail(
        new Error(failure?.message ?? `worker ${worker.id} ended unasked (${signal ?? `exit code ${code}`})`),
      );
    } else if (running === 0 && failure === null) process.exit(0);
  });
  process.on("SIGTERM", () => {
    isStopping = true;
    stopOthers();
  });
  for (let worker = 0; worker < count; worker++) cluster.fork();
}

function stopOthers(): void {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill("SIGTERM");
}
