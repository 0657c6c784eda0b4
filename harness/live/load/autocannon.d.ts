/** The parts of autocannon 9.0.0 that the closed generator drives; it ships no types. */
declare module "autocannon" {
  import type { EventEmitter } from "node:events";
  import type { Socket, TcpNetConnectOpts } from "node:net";

  namespace autocannon {
    interface Client extends EventEmitter {
      /** `net.connect(opts.port, opts.hostname)`: an object in place of the port is taken as its options. */
      readonly opts: { port: number | TcpNetConnectOpts };
      conn: Socket | undefined;
      parser: object;
      readonly requestIterator: { nextRequest: () => void };
      getRequestBuffer: () => Buffer;
      _connect: () => void;
      _doRequest: () => void;
      _resetConnection: () => void;
      _destroyConnection: () => void;
    }
    interface Options {
      readonly url: string;
      readonly connections: number;
      readonly pipelining: 1;
      /** Seconds. */
      readonly duration: number;
      /** Seconds. */
      readonly timeout: number;
      /** Milliseconds. */
      readonly sampleInt: number;
      readonly setupClient: (client: Client) => void;
    }
    interface Instance extends EventEmitter, PromiseLike<unknown> {
      stop(): void;
    }
  }
  function autocannon(options: autocannon.Options): autocannon.Instance;
  export = autocannon;
}
