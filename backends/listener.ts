import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Server as NetServer } from "node:net";
import type { Agenda } from "./agenda.ts";
import { BACKLOG } from "./django/gunicorn.ts";
import { createPlug, type Plug } from "./plug.ts";
import type { BackendSpec } from "./protocol.ts";
import type { Timetable } from "./timetable.ts";

/** The listening socket of a backend, which faults close and open again. */
export interface Listener {
  /** Resolves to the port, rejects with an Error of one line. */
  listen(): Promise<number>;
  /** Null while it does not listen. */
  port(): number | null;
  /** From now on these windows and no others; resolves when they can begin and, unless it never listened, it listens. */
  play(windows: Timetable["listening"]): Promise<void>;
  end(): Promise<void>;
}

export function createListener(server: Server, spec: BackendSpec, agenda: Agenda): Listener {
  let plug: Plug | null = null;
  let round = 0;
  /** Port of a socket that a fault has taken away. */
  let lost: number | null = null;

  const close = (how: "closed" | "full"): void => {
    const port = portOf(server);
    // A process that waits for its turn has none to close.
    if (port === null) return;
    lost = port;
    // Not the method of an HTTP server, which would close idle connections too.
    NetServer.prototype.close.call(server);
    if (how === "full") plug?.close(spec.host, port);
  };
  const open = async (): Promise<void> => {
    if (lost === null) return;
    const port = lost;
    lost = null;
    plug?.open();
    await listenOn(server, spec, port);
  };
  return {
    listen: () => listenOn(server, spec, spec.port),
    port: () => portOf(server),
    async play(windows) {
      round += 1;
      const mine = round;
      await open();
      if (plug === null && windows.some(({ how }) => how === "full")) {
        plug = createPlug();
        await plug.ready;
      }
      for (const { fromMs, toMs, how } of windows) {
        agenda.add(fromMs, () => mine === round && close(how));
        agenda.add(toMs, () => {
          if (mine === round) void open();
        });
      }
    },
    end: async () => plug?.end(),
  };
}

function listenOn(server: Server, spec: BackendSpec, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const { host } = spec;
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
