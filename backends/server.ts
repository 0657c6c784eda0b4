import type { Server } from "node:http";
import type { Socket } from "node:net";
import { createAgenda } from "./agenda.ts";
import type { Controlled } from "./control.ts";
import { createDesk } from "./desk.ts";
import { createDjango } from "./django/app.ts";
import { GRACEFUL_TIMEOUT_S, KEEP_ALIVE_S } from "./django/gunicorn.ts";
import type { WriteLedger } from "./ledger.ts";
import { createListener } from "./listener.ts";
import type { BackendSpec } from "./protocol.ts";

/** One backend in this process. */
export interface Backend extends Controlled {
  /** Opens the traffic port now; resolves to its number, rejects with an Error of one line. */
  listen(): Promise<number>;
  /** As gunicorn on SIGTERM: what is in service is answered, what waits is cut; resolves when that is done or the grace is over. */
  stop(): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/** A backend that does not listen yet. */
export async function createBackend(spec: BackendSpec, ledger: WriteLedger): Promise<Backend> {
  const agenda = createAgenda();
  const desk = createDesk(spec, agenda, ledger);
  const server = await createDjango({
    site: desk.site,
    serverName: () => `${spec.host}:${listener.port() ?? spec.port}`,
    play: desk.arrive,
    probed: desk.probed,
  });
  server.keepAliveTimeout = spec.keepAliveMs ?? KEEP_ALIVE_S * 1_000;
  // Node 24 keeps connections a second longer than it was told, unless told not to.
  (server as Server & { keepAliveTimeoutBuffer?: number }).keepAliveTimeoutBuffer = 0;
  const listener = createListener(server, spec, agenda);
  letThrough(server, desk.accept);
  return {
    id: spec.id,
    listen: listener.listen,
    listenAt: (atNs) =>
      new Promise((resolve, reject) => {
        agenda.add(Number(atNs) / 1e6, () => {
          listener.listen().then(() => resolve(), reject);
        });
      }),
    reset(order) {
      const timetable = desk.reset(order);
      server.closeAllConnections();
      return listener.play(timetable.listening);
    },
    stats: desk.stats,
    async stop() {
      const closed = new Promise<void>((resolve) => {
        if (!server.listening) resolve();
        server.close(() => resolve());
        setTimeout(resolve, spec.gracefulTimeoutMs ?? GRACEFUL_TIMEOUT_S * 1_000).unref();
      });
      desk.drain();
      await closed;
    },
    async close() {
      server.close();
      desk.close();
      server.closeAllConnections();
      await Promise.all([agenda.close(), listener.end()]);
    },
  };
}

/** Connections that `accept` keeps for itself never get to the HTTP server. */
function letThrough(server: Server, accept: (socket: Socket) => boolean): void {
  const serve = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    if (accept(socket)) for (const listener of serve) listener.call(server, socket);
  });
}
