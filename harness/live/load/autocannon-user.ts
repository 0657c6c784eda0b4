import type { TcpNetConnectOpts } from "node:net";
import type { Client } from "autocannon";
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

/** http-parser-js: names under which autocannon hangs its callbacks into its parser. */
const ON_HEADERS_COMPLETE = 2;
const ON_MESSAGE_COMPLETE = 4;

export interface UserEvents {
  /** The whole response is there; the connection is ready for the next request or closed. */
  answered(response: ResponseParser): void;
  /** The request on the wire is lost; `stale` when a kept connection was closed before any byte of the response. */
  lost(error: Error | null, stale: boolean): void;
}

/** One connection of autocannon under our control: it sends when told to, and what it reports is exact. */
export interface User {
  send(bytes: string, head: boolean): void;
  /** Gives up the connection and the request on it without an event. */
  abandon(): void;
  readonly opened: number;
}

/**
 * Takes a client over from `setupClient`, that is before it connects first. What is replaced, and why (reference: autocannon
 * 9.0.0, lib/httpClient.js): `_doRequest` sends at once after each response and each reconnect, here the user decides; `_connect`
 * reconnects at once and without end, and keeps the lost request at the head of its queue, so that every later response is
 * matched with an older request; the parser does not end a response at the end of its connection or to HEAD, drops errors and
 * goes on after a cut response. `cookie` names the one that responses are searched for, and a visitor's are taken as well.
 */
export function takeOver(
  client: Client,
  address: TcpNetConnectOpts,
  { cookie, asVisitor = false }: { readonly cookie: string | null; readonly asVisitor?: boolean },
  events: UserEvents,
): User {
  const prototype = Object.getPrototypeOf(client) as Client;
  const response = createResponseParser(cookie, asVisitor);
  let bytes = Buffer.alloc(0);
  let connected = false;
  let waiting = false;
  let used = false;
  let opened = 0;
  let error: Error | null = null;

  const drop = (): void => {
    connected = false;
    if (client.conn !== undefined) prototype._destroyConnection.call(client);
  };
  const answer = (reusable: boolean): void => {
    waiting = false;
    used = true;
    parser[ON_HEADERS_COMPLETE]({ statusCode: response.status, headers: [] });
    parser[ON_MESSAGE_COMPLETE]();
    if (!reusable) drop();
    events.answered(response);
  };
  const lose = (): void => {
    const cause = error;
    error = null;
    if (!connected) return;
    if (waiting && cause === null && finish(response) === COMPLETE) {
      answer(false);
      return;
    }
    const stale = used && !response.started;
    drop();
    if (!waiting) return;
    waiting = false;
    events.lost(cause, stale);
  };
  const parser = {
    [ON_HEADERS_COMPLETE]: (_head: { statusCode: number; headers: readonly string[] }): void => {},
    [ON_MESSAGE_COMPLETE]: (): void => {},
    execute(chunk: Buffer): void {
      if (!connected) return;
      // Without a request, bytes that nobody asked for: this connection cannot be trusted.
      const verdict = waiting ? feed(response, chunk, 0, chunk.length) : MALFORMED;
      if (verdict === COMPLETE) answer(response.keepAlive && response.consumed === chunk.length);
      else if (verdict !== MORE) lose();
    },
  };

  client.opts.port = address;
  client.parser = parser;
  client.requestIterator.nextRequest = () => {};
  client.getRequestBuffer = () => bytes;
  client._doRequest = () => {};
  client._connect = lose;
  client._destroyConnection = drop;
  client.on("connError", (cause: Error) => {
    error = cause;
  });
  return {
    send(text, head) {
      bytes = Buffer.from(text, "latin1");
      if (!connected) {
        connected = true;
        used = false;
        opened += 1;
        prototype._connect.call(client);
      }
      waiting = true;
      expectResponse(response, head);
      prototype._doRequest.call(client);
    },
    abandon() {
      waiting = false;
      drop();
    },
    get opened() {
      return opened;
    },
  };
}
