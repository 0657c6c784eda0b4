import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAgenda } from "./agenda.ts";
import type { Controlled } from "./control.ts";
import { createDesk } from "./desk.ts";
import { createDjango } from "./django/app.ts";
import { BACKLOG, GRACEFUL_TIMEOUT_S, KEEP_ALIVE_S } from "./django/gunicorn.ts";
import type { WriteLedger } from "./ledger.ts";
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
    serverName: () => `${spec.host}:${portOf(server) ?? spec.port}`,
    play: desk.arrive,
    probed: desk.probed,
  });
  server.keepAliveTimeout = spec.keepAliveMs ?? KEEP_ALIVE_S * 1_000;
  // Node 24 keeps connections a second longer than it was told, unless told not to.
  (server as Server & { keepAliveTimeoutBuffer?: number }).keepAliveTimeoutBuffer = 0;
  server.on("connection", desk.accept);
  return {
    id: spec.id,
    listen: () => listen(server, spec),
    listenAt: (atNs) =>
      new Promise((resolve, reject) => {
        agenda.add(Number(atNs) / 1e6, () => {
          listen(server, spec).then(() => resolve(), reject);
        });
      }),
    reset(order) {
      desk.reset(order);
      server.closeAllConnections();
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
      server.closeAllConnections();
      await agenda.close();
    },
  };
}

function listen(server: Server, spec: BackendSpec): Promise<number> {
  return new Promise((resolve, reject) => {
    const { host, port } = spec;
    const fail = (error: NodeJS.ErrnoException): void => {
      const inUse = `backend ${spec.id}: port ${port} on ${host} is in use; stop what listens there or choose another`;
      reject(error.code === "EADDRINUSE" ? new Error(inUse) : error);
    };
    server.once("error", fail);
    // Synchronous for some mistakes (already listening), an event for others.
    try {
      server.listen({ host, port, backlog: BACKLOG }, () => {
        server.off("error", fail);
        resolve(portOf(server) ?? port);
      });
    } catch (error) {
      server.off("error", fail);
      reject(error);
    }
  });
}

function portOf(server: Server): number | null {
  return (server.address() as AddressInfo | null)?.port ?? null;
}
