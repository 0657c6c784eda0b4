import cluster from "node:cluster";
import { type ChangeMessage, whenAllChanged } from "./changes.ts";
import type { FailedMessage, ProxyMessage } from "./main.ts";

/**
 * Starts `count` copies of this process that share the listening socket, relays what they say, and ends with them. A copy that dies
 * unasked ends the whole balancer: a trial with fewer workers than stated would be another trial.
 */
export function superviseWorkers(
  count: number,
  say: (message: ProxyMessage) => Promise<void>,
  fail: (error: unknown) => Promise<void>,
): void {
  let ready = 0;
  let open = count;
  let isStopping = false;
  let failure: FailedMessage | null = null;
  const changed = whenAllChanged(count, (message) => void say(message));
  process.on("message", (message: ChangeMessage) => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.send(message);
  });
  cluster.setupPrimary({
    args: process.argv.slice(2),
    execArgv: process.execArgv,
    serialization: "advanced",
  });
  cluster.on("message", (_, message: ProxyMessage) => {
    if (message.type === "attempts") void say(message);
    else if (message.type === "changed") changed(message);
    else if (message.type === "failed") failure ??= message;
    else {
      ready += 1;
      if (ready === count) void say(message);
    }
  });
  // The channel closes after its last message was read, which may be after the exit.
  cluster.on("disconnect", () => {
    open -= 1;
    if (open === 0 && failure === null) process.exit(0);
  });
  cluster.on("exit", (worker, code, signal) => {
    if (isStopping) return;
    isStopping = true;
    const ending = signal ?? `exit code ${code}`;
    failure ??= { type: "failed", message: `worker ${worker.id} ended unasked (${ending})` };
    stopOthers();
    void fail(new Error(failure.message));
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
