import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import type { Dispatcher } from "undici";
import type { Millis } from "#kernel/units.ts";
import { responseHeaders } from "./headers.ts";
import { type SilenceWatch, watchSilence } from "./silence.ts";
import { ConnectTimeout } from "./upstream.ts";

export interface ForwardRequest {
  readonly method: string;
  readonly path: string;
  /** Name, value, name, value, ... */
  readonly headers: string[];
  /** Not read before the request is sent, so that an attempt that could not connect leaves it whole. */
  readonly body: IncomingMessage | null;
}

export type FailureReason =
  | "refused" // no connection
  | "connect-timeout"
  | "closed" // reset or ended too early
  | "malformed" // not HTTP
  | "silent" // the backend said nothing for readMs
  | "client-silent"
  | "client-gone"
  | "outrun" // another attempt was answered first
  | "unforwardable"; // the request cannot be expressed

export interface ForwardFailure {
  readonly type: "failed";
  readonly reason: FailureReason;
  /** What had happened: nothing sent; sent; first byte of the response; its head handed to the client. */
  readonly stage: "unsent" | "sent" | "begun" | "responding";
}
export type ForwardEnd = { readonly type: "complete"; readonly status: number } | ForwardFailure;

export interface ForwardLimits {
  readonly readMs: Millis;
  readonly clientMs: Millis;
  readonly via: boolean;
  /** Header fields for the client beside those of the backend: name, value, name, value, ... */
  readonly added: readonly string[];
}

export interface ForwardListener {
  /** The head of the response is there and is about to be handed to the client. */
  answering(): void;
  /** Called exactly once; unless the stage is `responding`, the reply is untouched then. */
  done(end: ForwardEnd): void;
}

/**
 * Sends one request to one backend and streams the response into `reply`, each side no faster than the other takes it. Returns what to
 * call when nobody waits for the response any more.
 */
export function forward(
  upstream: Dispatcher,
  request: ForwardRequest,
  reply: ServerResponse,
  limits: ForwardLimits,
  { answering, done }: ForwardListener,
): (reason: "client-gone" | "outrun") => void {
  let stage: ForwardFailure["stage"] = "unsent";
  let status = 0;
  let hasEnded = false;
  let wroteBody = false;
  let abortUpstream: (() => void) | null = null;
  let resumeUpstream: (() => void) | null = null;
  let silence: SilenceWatch | null = null;
  const body = request.body === null ? null : new PassThrough();
  // Its errors are the connection's, which onError reports.
  body?.on("error", () => undefined);

  const end = (result: ForwardEnd): void => {
    if (hasEnded) return;
    hasEnded = true;
    silence?.stop();
    reply.off("drain", drained);
    if (body !== null) {
      request.body?.unpipe(body);
      body.destroy();
    }
    done(result);
  };
  const fail = (reason: FailureReason): void => {
    end({ type: "failed", reason, stage });
    abortUpstream?.();
  };
  const complete = (): void => {
    if (hasEnded) return;
    reply.end();
    end({ type: "complete", status });
  };
  const drained = (): void => {
    silence?.progress();
    resumeUpstream?.();
  };
  const isClientsTurn = (): boolean =>
    reply.writableNeedDrain || (body !== null && isUploading(request, body));

  upstream.dispatch(
    { method: request.method as Dispatcher.HttpMethod, path: request.path, headers: request.headers, body },
    {
      onConnect(abort) {
        if (hasEnded) return abort();
        stage = "sent";
        abortUpstream = abort;
        const { readMs, clientMs } = limits;
        silence = watchSilence(
          Math.min(readMs, clientMs),
          () => (isClientsTurn() ? clientMs : readMs),
          () => fail(isClientsTurn() ? "client-silent" : "silent"),
        );
        if (body !== null) request.body?.pipe(body);
      },
      onBodySent: () => silence?.progress(),
      onResponseStarted() {
        stage = "begun";
      },
      onHeaders(code, fields, resume, text) {
        silence?.progress();
        if (code < 200) return true;
        answering();
        reply.writeHead(code, text, [...responseHeaders(code, fields, limits.via), ...limits.added]);
        stage = "responding";
        status = code;
        resumeUpstream = resume;
        reply.on("drain", drained);
        // With the first bytes of the body when they came together, but without waiting for them.
        process.nextTick(() => wroteBody || hasEnded || reply.flushHeaders());
        return true;
      },
      onData(chunk) {
        silence?.progress();
        wroteBody = true;
        return reply.write(chunk);
      },
      onComplete(trailers) {
        if (trailers !== null && trailers.length > 0 && reply.chunkedEncoding)
          reply.addTrailers(pairs(trailers));
        complete();
      },
      onError(error) {
        // undici misses the body that a 304 announces and must not have (RFC 9110 section 8.6).
        const isBodiless = status === 304 || status === 204;
        if (isBodiless && codeOf(error) === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") complete();
        fail(stage === "unsent" ? reasonUnsent(error) : reasonSent(error));
      },
    },
  );
  return fail;
}

/** The client still owes us body, and the backend is not what holds it back. */
function isUploading(request: ForwardRequest, body: PassThrough): boolean {
  return request.body?.readableEnded === false && !body.writableNeedDrain;
}

function reasonUnsent(error: Error): FailureReason {
  if (error instanceof ConnectTimeout) return "connect-timeout";
  const code = codeOf(error);
  return code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED" ? "unforwardable" : "refused";
}

/** Anything but a connection that ended is an answer that we could not read or pass on. */
function reasonSent(error: Error): FailureReason {
  const code = codeOf(error);
  if (code === "UND_ERR_SOCKET") return /^bad /.test(error.message) ? "malformed" : "closed";
  return code === "HPE_INVALID_EOF_STATE" || /^E[A-Z]+$/.test(code) ? "closed" : "malformed";
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

function pairs(flat: readonly string[]): [string, string][] {
  const fields = flat.map(String);
  return fields.flatMap((name, at) =>
    at % 2 === 0 ? [[name, fields[at + 1] ?? ""] as [string, string]] : [],
  );
}
