import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { BalancerError } from "../balancer.ts";
import type { Handle } from "../runtime.ts";
import { ownWords } from "./own-words.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

const START_MS = 10_000;
const POLL_MS = 5;

/** Throws BalancerError when something else listens there: said at once, and not after the balancer's own retries. */
export async function requireFreePort(name: string, { host, port }: Address): Promise<void> {
  const code = await new Promise<string | null>((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
  if (code === null) return;
  const reason =
    code === "EADDRINUSE"
      ? "is in use; stop what listens there or choose another"
      : `cannot be used (${code})`;
  throw new BalancerError(`${name} cannot start: port ${host}:${port} ${reason}`, "");
}

/** Waits until `handle` accepts connections; when it ends first or takes too long, stops it and throws BalancerError. */
export async function waitUntilListening(handle: Handle, address: Address): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (handle.running && performance.now() < deadline) {
    if ((await accepts(address)) && handle.running) return;
    await sleep(POLL_MS);
  }
  const ended = !handle.running;
  await handle.stop();
  const output = handle.logs();
  const words = ownWords(output);
  const what = ended ? "ended at its start" : `did not accept connections within ${START_MS / 1_000} s`;
  throw new BalancerError(`${handle.name} ${what}${words ? `: ${words}` : ""}`, output);
}

function accepts({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
