/** For the tests of this folder: a proxy in this process, backends that do as they are told, and a client that speaks bytes. */
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createRng } from "#kernel/rng.ts";
import type { Algorithm } from "../algorithm.ts";
import type { BalancerSpec } from "../balancer.ts";
import { optionsFor } from "./balancer.ts";
import type { ProxyOptions } from "./options.ts";
import { createProxy } from "./proxy.ts";
import { listen } from "./server.ts";

export const HOST = "127.0.0.1";

export interface TestBackend {
  readonly port: number;
  connections: number;
}

export function specOf(ports: readonly number[], more: Partial<BalancerSpec> = {}): BalancerSpec {
  return {
    algorithm: "round-robin",
    hashKey: "client-address",
    backends: ports.map((port, at) => ({ id: at + 1, host: HOST, port, weight: 1 })),
    listen: { host: HOST, port: 0 },
    workers: 1,
    zone: true,
    tuning: "parity",
    seed: 1,
    healthHost: "shop.example",
    timeouts: { connectMs: 1_000, readMs: 30_000 },
    maxConnections: 1_000,
    attempts: false,
    directory: "/work-folder",
    ...more,
  };
}

/** In the order of the backends, from the first. */
export function inOrder(): Algorithm {
  let turn = 0;
  return { pick: (_, pool) => pool.eligible[turn++ % pool.eligible.length] as number };
}

/**
 * A port that refuses connections and that nobody else is given meanwhile: the client's end of an open connection. A port that was only
 * free an instant ago may become another test's backend.
 */
export async function deadPort(t: TestContext): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => undefined));
  const socket = await dial(t, await listenOn(server));
  t.after(() => server.close());
  return (socket.address() as AddressInfo).port;
}

export async function httpBackend(t: TestContext, listener: RequestListener): Promise<TestBackend> {
  const server = createHttpServer({ keepAliveTimeout: 5_000 }, listener);
  const backend = { port: await listenOn(server), connections: 0 };
  server.on("connection", () => backend.connections++);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return backend;
}

/** `speak` gets each connection once its first bytes have arrived. */
export async function rawBackend(
  t: TestContext,
  speak: (socket: Socket, head: string) => void,
): Promise<TestBackend> {
  const sockets = new Set<Socket>();
  const backend = { port: 0, connections: 0 };
  const server = createServer((socket) => {
    backend.connections++;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", (chunk) => speak(socket, chunk.toString("latin1")));
  });
  backend.port = await listenOn(server);
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return backend;
}

export interface TestProxy {
  readonly port: number;
  readonly attempts: number[];
  inflight(): readonly number[];
  readonly dispatcher: ReturnType<typeof createProxy>["dispatcher"];
}

export async function proxyTo(
  t: TestContext,
  backends: readonly { readonly port: number }[],
  change: (options: ProxyOptions) => Partial<ProxyOptions> = () => ({}),
  {
    algorithm = inOrder(),
    cookie,
  }: { readonly algorithm?: Algorithm; readonly cookie?: string | undefined } = {},
): Promise<TestProxy> {
  const base = optionsFor(specOf(backends.map(({ port }) => port)));
  const options = { ...base, ...change(base) };
  const attempts: number[] = [];
  const definition = {
    create: () => algorithm,
    family: "static",
    weighted: false,
    ...(cookie === undefined ? {} : { cookie }),
  } as const;
  const place = { instance: 0, rng: createRng(options.seed) };
  const proxy = createProxy(options, definition, place, (backend) => attempts.push(backend));
  const server = await listen(options, proxy.handle);
  t.after(() => server.drain(0));
  return {
    port: server.port,
    attempts,
    inflight: () => [...proxy.dispatcher.pool.inflight],
    dispatcher: proxy.dispatcher,
  };
}

/** Sends `text` and gives everything that came back when the connection has ended. */
export function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, HOST);
    let answer = "";
    socket.setTimeout(30_000, () => socket.destroy(new Error(`no end of the connection; so far: ${answer}`)));
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.write(text);
  });
}

/** A client connection that stays open. */
export async function dial(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, HOST);
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

export async function until(condition: () => boolean, what: string, boundMs = 30_000): Promise<void> {
  const giveUpAt = performance.now() + boundMs;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`waited ${boundMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function listenOn(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return (server.address() as AddressInfo).port;
}
