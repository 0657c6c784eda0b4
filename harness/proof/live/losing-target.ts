import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { OK, startServer } from "../../live/load/raw-server.ts";

const ANSWER_MS = 5;
/** One request in so many meets the loss. */
const EVERY = 8;
const HALF = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf";

/** What is lost, and as what it must be counted. `refused` also stops listening for a while. */
export const LOSSES = {
  none: "ok",
  fin: "ok",
  rst: "connectionError",
  refused: "connectionError",
  "black-hole": "timeout",
} as const;
export type Loss = keyof typeof LOSSES;

/** A raw server that answers after 5 ms and loses what it is told to lose. */
export interface Target {
  readonly port: number;
  /** Whole answers handed to the kernel. */
  readonly answered: number;
  /** Stops listening after `afterMs` for `forMs` and cuts every connection; what had come in before is answered first. */
  outage(afterMs: number, forMs: number): Promise<void>;
  close(): Promise<void>;
}

export async function startTarget(loss: Loss): Promise<Target> {
  let answered = 0;
  let open = 0;
  let isClosing = false;
  const answer = (socket: Socket, then: () => void): void => {
    open += 1;
    setTimeout(() => {
      open -= 1;
      answered += 1;
      socket.write(OK, then);
    }, ANSWER_MS);
  };
  const handle = (socket: Socket, index: number): void => {
    // A request on a connection that was ended before it came was never heard: its client tries again.
    if (isClosing || socket.writableEnded) return;
    const isHit = index % EVERY === EVERY - 1;
    if (isHit && loss === "black-hole") return;
    if (isHit && loss === "rst") return void socket.write(HALF, () => socket.resetAndDestroy());
    answer(socket, () => {
      if (isHit && loss === "fin") socket.end();
    });
  };
  let server = await startServer(handle);
  const { port } = server;
  return {
    port,
    get answered() {
      return answered;
    },
    async outage(afterMs, forMs) {
      await delay(afterMs);
      isClosing = true;
      while (open > 0) await delay(1);
      // What was written is on its way.
      await delay(20);
      await server.close();
      await delay(forMs);
      isClosing = false;
      server = await startServer(handle, port);
    },
    close: () => server.close(),
  };
}
