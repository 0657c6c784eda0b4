import type { AttemptReport } from "../balancer.ts";
import type { RuntimeSocket } from "./runtime-socket.ts";

/** Servers (type 4) of every proxy. */
const SHOW_SERVERS = "show stat -1 4 -1";
const POLL_MS = 50;

/** Time resolution of HAProxy's counts. */
export const HAPROXY_RESOLUTION_MS = POLL_MS;

/** Attempts at every server so far, by `PROXY/SERVER`: `stot`, which counts each connection assigned to it, retries included. */
export function parseServerTotals(csv: string): ReadonlyMap<string, number> {
  const [head = "", ...lines] = csv.replace(/^# /, "").split("\n");
  const columns = head.split(",");
  const [proxy, server, total] = ["pxname", "svname", "stot"].map((name) => columns.indexOf(name));
  if (proxy === undefined || server === undefined || total === undefined || total < 0) return new Map();
  const rows = lines.map((line) => line.split(",")).filter((fields) => fields.length > total);
  return new Map(rows.map((fields) => [`${fields[proxy]}/${fields[server]}`, Number(fields[total])]));
}

export interface AttemptsPoll {
  onAttempts(listener: (report: AttemptReport) => void): void;
  /** Asks a last time, when HAProxy still answers, and ends. */
  close(): Promise<void>;
}

/** Reads the counts every 50 ms; `backendOf` names the backend of a `PROXY/SERVER`. */
export function pollAttempts(socket: RuntimeSocket, backendOf: ReadonlyMap<string, number>): AttemptsPoll {
  const listeners: ((report: AttemptReport) => void)[] = [];
  const seen = new Map<string, number>();
  let open = true;
  let asking: Promise<void> | null = null;
  const ask = async (): Promise<void> => {
    const totals = parseServerTotals(await socket.command(SHOW_SERVERS));
    const atNs = process.hrtime.bigint();
    for (const [server, total] of totals) {
      const backend = backendOf.get(server);
      const count = total - (seen.get(server) ?? 0);
      seen.set(server, total);
      if (backend === undefined || count <= 0) continue;
      for (const listener of listeners) listener({ backend, atNs, count });
    }
  };
  // A HAProxy that does not answer has died or is stopped, which its handle says; its counts end here.
  const tick = (): void => {
    asking ??= ask()
      .catch(() => undefined)
      .finally(() => {
        asking = null;
      });
  };
  const timer = setInterval(tick, POLL_MS).unref();
  return {
    onAttempts: (listener) => void listeners.push(listener),
    async close() {
      if (!open) return;
      open = false;
      clearInterval(timer);
      await asking;
      tick();
      await asking;
      socket.close();
    },
  };
}
