import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { MAX_BODY_BYTES } from "./django/middleware.ts";

const NO_BODY = Buffer.alloc(0);

/** A request's body, read from the first moment on; more than Django takes is not kept. */
export interface Body {
  /** Calls back when all of it is there: at once when it is already. */
  whenRead(callback: (body: Buffer) => void): void;
  isRead(): boolean;
}

/** Reads the body of `request`. */
export function readBody(request: IncomingMessage): Body {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === "0")) {
    return { whenRead: (callback) => callback(NO_BODY), isRead: () => true };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  let ended = false;
  request.on("data", (chunk: Buffer) => {
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    bytes += chunk.length;
  });
  request.once("end", () => {
    ended = true;
  });
  // A client that leaves in the middle of its body: the response's own `close` says so.
  request.on("error", () => undefined);
  return {
    isRead: () => ended,
    whenRead(callback) {
      const done = (): void => callback(Buffer.concat(chunks));
      if (ended) done();
      else request.once("end", done);
    },
  };
}
