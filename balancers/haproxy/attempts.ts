import type { AttemptReport } from "../balancer.ts";
import type { RuntimeSocket } from "./runtime-socket.ts";

/** Servers (type 4) of every proxy. */
const SHOW_SERVERS = "show stat -1 4 -1";
const POLL_MS = 50;

/** Time resolution of HAProxy's counts. */
export const HAPROXY_RESOLUTION_MS = POLL_MS;

export interface ServerTotals {
  /** `stot`, which counts each connection assigned to the server, retries included. */
  readonly attempts: number;
  /** `wredis`: what failed here and was tried elsewhere. `stot` counts such a one again; `wretr` counts it, too, or not. */
  readonly retries: number;
}

const NO_TOTALS: ServerTotals = { attempts: 0, retries: 0 };

/** Totals of every server so far, by `PROXY/SERVER`. */
export function parseServerTotals(csv: string): ReadonlyMap<string, ServerTotals> {
  const [head = "", ...lines] = csv.replace(/^# /, "").split("\n");
  const columns = head.split(",");
  const place = (name: string): number => columns.indexOf(name);
  const [proxy, server, total] = [place("pxname"), place("svname"), place("stot")];
  if (total < 0) return new Map();
  const rows = lines.map((line) => line.split(",")).filter((fields) => fields.length > total);
  return new Map(
    rows.map((fields) => [
      `${fields[proxy]}/${fields[server]}`,
      {
        attempts: Number(fields[total]),
        retries: Number(fields[place("wredis")] ?? 0),
      },
    ]),
  );
}

export interface AttemptsPoll {
  onAttempts(listener: (report: AttemptReport) => void): void;
  /** Asks a last time, when HAProxy still answers, and ends. */
  close(): Promise<void>;
}

/** Reads the counts every 50 ms; `backendOf` names the backend of a `PROXY/SERVER`. */
export function pollAttempts(socket: RuntimeSocket, backendOf: ReadonlyMap<string, number>): AttemptsPoll {
  const listeners: ((report: AttemptReport) => void)[] = [];
  const seen = new Map<string, ServerTotals>();
  let open = true;
  let asking: Promise<void> | null = null;
  const ask = async (): Promise<void> => {
    const totals = parseServerTotals(await socket.command(SHOW_SERVERS));
    const atNs = process.hrtime.bigint();
    for (const [server, total] of totals) {
      const backend = backendOf.get(server);
      const before = seen.get(server) ?? NO_TOTALS;
      const count = Math.max(0, total.attempts - before.attempts);
      const retries = Math.max(0, total.retries - before.retries);
      seen.set(server, total);
      // A retry is counted where the attempt before it failed, which may have got no other since.
      if (backend === undefined || count + retries === 0) continue;
      for (const listener of listeners) listener({ backend, atNs, count, retries });
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
