import { type AddressInfo, createServer, type Socket } from "node:net";

/** A whole answer that names backend 3. */
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Evenkeel-Backend: 3\r\n\r\nok";

/** Called once per request; `index` counts all requests of the server from 0. */
export type Handler = (socket: Socket, index: number, head: string) => void;

/** A server that does with a request what it is told, byte by byte. */
export interface RawServer {
  readonly port: number;
  readonly requests: number;
  readonly connections: number;
  close(): Promise<void>;
}

/** On 127.0.0.1; `port` 0 lets the kernel choose. Rejects when the port is taken. */
export async function startServer(handle: Handler, port = 0): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let requests = 0;
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end !== -1; end = text.indexOf("\r\n\r\n")) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        handle(socket, requests++, head);
      }
    });
    // Peers come and go as they like.
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", backlog: 2_000 }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests;
    },
    get connections() {
      return connections;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
