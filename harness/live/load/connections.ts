import { connect, type Socket } from "node:net";
import { clientAddress } from "../../traffic/client-address.ts";
import { exhausted } from "./exhaustion.ts";
import {
  COMPLETE,
  createResponseParser,
  expectResponse,
  feed,
  finish,
  MALFORMED,
  MORE,
  type ResponseParser,
} from "./http-parser.ts";
import type { Flight } from "./tally.ts";

const READ_BYTES = 64 * 1024;

interface Connection {
  readonly socket: Socket;
  readonly parser: ResponseParser;
  readonly client: number;
  flight: Flight | null;
  /** Has answered a request before. */
  used: boolean;
  connected: boolean;
  dead: boolean;
}

/** What the connections tell their owner; each flight that was sent comes back through exactly one of the first three, unless abandoned. */
export interface ConnectionEvents {
  answered(flight: Flight, response: ResponseParser): void;
  failed(flight: Flight): void;
  /** This machine had no descriptor or port left. */
  exhausted(flight: Flight): void;
  /** A kept connection was closed before any byte of the response; true when the flight was sent again. */
  stale(flight: Flight): boolean;
  /** The events of one read are over. */
  settled(): void;
}

export interface Connections {
  /** Hands the request to an idle connection of its client, last used first, or to a new one; false when all that are allowed carry a request. */
  send(flight: Flight, bytes: string, head: boolean, fresh?: boolean): boolean;
  abandon(flight: Flight): void;
  readonly opened: number;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly distinctClients: boolean;
  readonly limit: number;
  /** Name of the cookie that responses are searched for. */
  readonly cookie?: string | undefined;
  /** They carry visitors of the shop. */
  readonly asVisitors?: boolean;
}

/** Keep-alive HTTP/1.1 connections without pipelining, in one pool per client address. */
export function createConnections(options: ConnectionOptions, events: ConnectionEvents): Connections {
  const idle = new Map<number, Connection[]>();
  const open = new Set<Connection>();
  const carrying = new Map<Flight, Connection>();
  // One buffer for all: a read is taken in before the next one starts.
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let opened = 0;

  const bury = (connection: Connection): Flight | null => {
    const { flight } = connection;
    connection.dead = true;
    connection.flight = null;
    if (flight === null) removeFrom(idle.get(connection.client), connection);
    else carrying.delete(flight);
    open.delete(connection);
    connection.socket.destroy();
    return flight;
  };
  const lose = (connection: Connection, error: Error | null): void => {
    if (connection.dead) return;
    const flight = bury(connection);
    if (flight === null) return;
    if (!connection.connected && exhausted(error)) events.exhausted(flight);
    else if (!connection.used || connection.parser.started || !events.stale(flight)) events.failed(flight);
    events.settled();
  };
  const answer = (connection: Connection, reusable: boolean): void => {
    const flight = connection.flight as Flight;
    connection.flight = null;
    carrying.delete(flight);
    events.answered(flight, connection.parser);
    connection.used = true;
    if (reusable) idle.get(connection.client)?.push(connection);
    else bury(connection);
    events.settled();
  };
  const received = (connection: Connection, bytes: number): void => {
    if (connection.dead) return;
    const { parser, flight } = connection;
    // Without a request, bytes that nobody asked for: this connection cannot be trusted.
    const verdict = flight === null ? MALFORMED : feed(parser, buffer, 0, bytes);
    if (verdict === COMPLETE) answer(connection, parser.keepAlive && parser.consumed === bytes);
    else if (verdict !== MORE) lose(connection, null);
  };
  const ended = (connection: Connection): void => {
    if (connection.dead) return;
    if (connection.flight !== null && finish(connection.parser) === COMPLETE) answer(connection, false);
    else lose(connection, null);
  };
  const dial = (client: number): Connection => {
    const socket = connect({
      host: options.host,
      port: options.port,
      noDelay: true,
      ...(options.distinctClients ? { localAddress: clientAddress(client) } : {}),
      onread: {
        buffer,
        callback: (bytes) => {
          received(connection, bytes);
          return true;
        },
      },
    });
    const connection: Connection = {
      socket,
      parser: createResponseParser(options.cookie ?? null, options.asVisitors ?? false),
      client,
      flight: null,
      used: false,
      connected: false,
      dead: false,
    };
    opened += 1;
    open.add(connection);
    if (!idle.has(client)) idle.set(client, []);
    socket.on("connect", () => {
      connection.connected = true;
    });
    socket.on("error", (error) => lose(connection, error));
    socket.on("end", () => ended(connection));
    socket.on("close", () => lose(connection, null));
    return connection;
  };
  /** Closes a connection that some other client does not use; false when all carry a request. */
  const giveUpIdle = (): boolean => {
    for (const [oldest] of idle.values()) {
      if (oldest === undefined) continue;
      bury(oldest);
      return true;
    }
    return false;
  };
  return {
    send(flight, bytes, head, fresh = false) {
      const kept = fresh ? undefined : idle.get(flight.client)?.pop();
      if (kept === undefined && open.size >= options.limit && !giveUpIdle()) return false;
      const connection = kept ?? dial(flight.client);
      connection.flight = flight;
      carrying.set(flight, connection);
      expectResponse(connection.parser, head);
      connection.socket.write(bytes, "latin1");
      return true;
    },
    abandon(flight) {
      const connection = carrying.get(flight);
      if (connection !== undefined) bury(connection);
    },
    get opened() {
      return opened;
    },
    async close() {
      const closing = [...open];
      const closed = closing.map(
        (connection) => new Promise((resolve) => connection.socket.once("close", resolve)),
      );
      for (const connection of closing) bury(connection);
      await Promise.all(closed);
    },
  };
}

function removeFrom(connections: Connection[] | undefined, connection: Connection): void {
  const at = connections?.lastIndexOf(connection) ?? -1;
  if (at !== -1) connections?.splice(at, 1);
}
