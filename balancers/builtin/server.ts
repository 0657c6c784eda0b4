import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { page } from "./answers.ts";
import type { ProxyOptions } from "./options.ts";

export interface ProxyServer {
  readonly port: number;
  /** Stops accepting, lets requests in flight finish for at most `boundMs`; resolves with how many were cut. */
  drain(boundMs: number): Promise<number>;
}

/** Bound on a whole request, head and body: Node's own default. */
const REQUEST_MS = 300_000;

const UNUSED_MS = 50;

/** Rejects when the address cannot be listened on. */
export async function listen(
  options: Pick<ProxyOptions, "listen" | "timeouts" | "headBytes">,
  handle: (request: IncomingMessage, reply: ServerResponse) => void,
): Promise<ProxyServer> {
  const { clientHeaderMs, clientKeepAliveMs } = options.timeouts;
  const open = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  let isDraining = false;
  const server = createServer({
    keepAliveTimeout: clientKeepAliveMs,
    headersTimeout: clientHeaderMs,
    requestTimeout: Math.max(REQUEST_MS, clientHeaderMs),
    connectionsCheckingInterval: Math.min(1_000, clientHeaderMs),
    maxHeaderSize: options.headBytes,
    noDelay: true,
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("request", (request, reply) => {
    open.add(reply);
    reply.once("close", () => open.delete(reply));
    if (isDraining) reply.shouldKeepAlive = false;
    handle(request, reply);
  });
  server.on("connect", (_, socket) =>
    socket.end(refusal(501, "Not Implemented", "tunnels are not supported")),
  );
  server.on("clientError", refuseClient);
  await listening(server, options.listen);
  return {
    port: (server.address() as AddressInfo).port,
    drain(boundMs) {
      isDraining = true;
      for (const reply of open) reply.shouldKeepAlive = false;
      // Node takes a connection that never asked anything for a busy one; a request on its way has this long to arrive.
      const sweep = setInterval(() => {
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      }, UNUSED_MS);
      return new Promise<number>((resolve) => {
        const bound = setTimeout(() => {
          resolve(open.size);
          server.closeAllConnections();
        }, boundMs);
        server.close(() => {
          clearTimeout(bound);
          resolve(0);
        });
      }).finally(() => clearInterval(sweep));
    },
  };
}

function listening(server: Server, address: ProxyOptions["listen"]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address.host, port: address.port, backlog: address.backlog }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** What the parser refused; a connection that was reset or that is in the middle of a response gets no answer. */
function refuseClient(error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: unknown }): void {
  if (!socket.writable || error.code === "ECONNRESET" || socket._httpMessage) {
    socket.destroy();
    return;
  }
  if (error.code === "HPE_HEADER_OVERFLOW") {
    socket.end(refusal(431, "Request Header Fields Too Large", "the request head is too large"));
  } else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    socket.end(refusal(408, "Request Timeout", "the request did not arrive in time"));
  } else {
    socket.end(refusal(400, "Bad Request", "the request is not valid HTTP"));
  }
}

function refusal(status: number, text: string, reason: string): string {
  const body = page({ status, reason });
  return `HTTP/1.1 ${status} ${text}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}
