import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { BackendAddress, BalancerSpec } from "../balancer.ts";

/** A backend for tests, in this process: says who it is, and misbehaves as told. */
export interface TestBackend {
  readonly address: BackendAddress;
  /** Requests that reached it. */
  readonly requests: number;
  readonly inFlight: number;
  /** Last request's headers. */
  readonly headers: IncomingMessage["headers"];
  behave(how: "answer" | "hold" | "close" | 500): void;
  /** Connections are refused from now on. */
  stop(): Promise<void>;
  restart(): Promise<void>;
}

export async function startTestBackend(id: number, weight = 1): Promise<TestBackend> {
  let how: "answer" | "hold" | "close" | 500 = "answer";
  let requests = 0;
  let headers: IncomingMessage["headers"] = {};
  const held = new Set<ServerResponse>();
  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    requests++;
    headers = incoming.headers;
    if (how === "close") return void incoming.socket.destroy();
    response.statusCode = how === 500 ? 500 : 200;
    response.setHeader("x-backend", id);
    held.add(response);
    response.once("close", () => held.delete(response));
    incoming.resume().once("end", () => how !== "hold" && response.end(`backend ${id}`));
  };
  let server = await listen(handle, 0);
  const { port } = server.address() as AddressInfo;
  return {
    address: { id, host: "127.0.0.1", port, weight },
    get requests() {
      return requests;
    },
    get inFlight() {
      return held.size;
    },
    get headers() {
      return headers;
    },
    behave(next) {
      how = next;
      if (next === "answer") for (const response of held) response.end(`backend ${id}`);
    },
    async stop() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    async restart() {
      server = await listen(handle, port);
    },
  };
}

function listen(
  handle: (incoming: IncomingMessage, response: ServerResponse) => void,
  port: number,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ keepAliveTimeout: 2_000 }, handle);
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

export interface Answer {
  readonly status: number;
  /** Id of the backend that answered, 0 when it was the balancer itself. */
  readonly backend: number;
  readonly headers: IncomingMessage["headers"];
}

export interface Ask {
  readonly port: number;
  readonly method?: string;
  readonly from?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly onSocket?: (socket: Socket) => void;
}

/** One request on a connection of its own. */
export function ask({
  port,
  method = "GET",
  from,
  host = "shop.example",
  headers = {},
  onSocket,
}: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      method,
      agent: false,
      headers: { ...headers, host },
      ...(from ? { localAddress: from } : {}),
    };
    const sent = request(options, (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          backend: Number(response.headers["x-backend"] ?? 0),
          headers: response.headers,
        }),
      );
    });
    sent.setTimeout(20_000, () => sent.destroy(new Error("no answer within 20 s")));
    sent.once("error", reject);
    if (onSocket) sent.once("socket", onSocket);
    sent.end();
  });
}

/** `count` requests one after the other; how many each backend answered. */
export async function askMany(count: number, options: Ask): Promise<ReadonlyMap<number, number>> {
  const answered = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    const { backend } = await ask(options);
    answered.set(backend, (answered.get(backend) ?? 0) + 1);
  }
  return answered;
}

/** Waits for a condition, at most 10 s. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 10_000; !condition(); await sleep(5)) {
    if (performance.now() > deadline) throw new Error(`waited 10 s in vain: ${what}`);
  }
}

/** What a test leaves unsaid about a spec. */
export const TEST_SPEC = {
  algorithm: "round-robin",
  hashKey: "client-address",
  listen: { host: "127.0.0.1", port: 8_080 },
  workers: 1,
  zone: false,
  tuning: "parity",
  seed: 1,
  healthHost: "shop.example",
  timeouts: { connectMs: 1_000, readMs: 4_000 },
  maxConnections: 500,
  attempts: false,
  directory: "/run/evenkeel/balancer",
} as const satisfies Partial<BalancerSpec>;
