import { connect } from "node:net";
import { type Dispatcher, Pool } from "undici";
import type { ProxyBackend, ProxyOptions } from "./options.ts";

/** The connection could not be made in time. */
export class ConnectTimeout extends Error {
  override name = "ConnectTimeout";
}

/**
 * Keep-alive connections to one backend: as many as there are requests in flight, one request at a time on each, none kept idle for
 * longer than `upstreamIdleMs`. A backend that answers `Connection: close` gets a new connection per request.
 */
export function createUpstream(
  backend: ProxyBackend,
  options: Pick<ProxyOptions, "timeouts" | "headBytes">,
): Dispatcher {
  const { connectMs, upstreamIdleMs } = options.timeouts;
  return new Pool(`http://${backend.host}:${backend.port}`, {
    connections: null,
    pipelining: 1,
    keepAliveTimeout: upstreamIdleMs,
    keepAliveMaxTimeout: upstreamIdleMs,
    // What the backend announces in Keep-Alive, less this, when that is shorter.
    keepAliveTimeoutThreshold: 500,
    maxHeaderSize: options.headBytes,
    // undici's timers tick every half second; ours (silence.ts) are exact.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(_, callback) {
      const socket = connect({ host: backend.host, port: backend.port, noDelay: true });
      const timer = setTimeout(() => setImmediate(expire), connectMs);
      // Decided after the events that waited while this process was stalled (see silence.ts).
      const expire = (): void => {
        if (socket.connecting) socket.destroy(new ConnectTimeout());
      };
      const failed = (error: Error): void => {
        clearTimeout(timer);
        callback(error, null);
      };
      socket.once("error", failed);
      socket.once("connect", () => {
        clearTimeout(timer);
        socket.off("error", failed);
        callback(null, socket);
      });
    },
  });
}
