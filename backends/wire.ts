import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Millis } from "#kernel/units.ts";
import type { Agenda } from "./agenda.ts";
import { type Header, headersOf, reasonOf, writeAnswer, writeHead } from "./django/gunicorn.ts";
import type { Answer } from "./django/http.ts";
import type { Truncation } from "./faults/fault.ts";
import { awayMsOf, dripMsOf, type Played } from "./service.ts";

/** An answer on its way out. */
export interface Outgoing {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly keepAlive: boolean;
  readonly answer: Answer;
  readonly extra: readonly Header[];
  readonly played: Played;
  /** When its last byte should leave, on the clock of the agenda. */
  readonly departureMs: Millis;
}

export interface Outcome {
  /** Its last byte is about to be handed to the kernel. */
  completed(): void;
  /** It is never going to be whole. */
  faulted(): void;
}

/** Writes an answer with what faults do to its bytes. */
export function send(out: Outgoing, agenda: Agenda, outcome: Outcome): void {
  const { request, response, answer, played } = out;
  const { malformed, truncation } = played;
  if (malformed !== undefined) {
    // All of it is sent, and NGINX makes a good answer of some of it.
    outcome.completed();
    request.socket.end(MALFORMED_BYTES[malformed](out));
  } else if (truncation !== undefined) {
    outcome.faulted();
    truncate(out, truncation);
  } else if (dripMsOf(played) > 0) drip(out, agenda, outcome);
  else {
    outcome.completed();
    if (played.lingers) linger(out, agenda);
    else writeAnswer(request, response, out.keepAlive, answer, out.extra);
  }
}

const CRLF = "\r\n";
const HUGE_BYTES = 65_536;

function head({ answer }: Outgoing, headers: readonly Header[]): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${answer.status} ${reasonOf(answer)}`, ...lines, "", ""].join(CRLF);
}

/** Headers of an answer that is the last on its connection. */
const lastHeaders = ({ request, answer, extra }: Outgoing): readonly Header[] =>
  headersOf(request, false, answer, extra);

const unframed = (out: Outgoing): readonly Header[] =>
  lastHeaders(out).filter(([name]) => name !== "Content-Length" && name !== "Transfer-Encoding");

const bodyOf = ({ request, answer }: Outgoing): Buffer =>
  request.method === "HEAD" ? Buffer.alloc(0) : Buffer.from(answer.body as string);

const joined = (text: string, body: Buffer): Buffer => Buffer.concat([Buffer.from(text, "latin1"), body]);

const MALFORMED_BYTES: Readonly<Record<NonNullable<Played["malformed"]>, (out: Outgoing) => Buffer>> = {
  garbage: () => Buffer.from(Array.from({ length: 256 }, (_, at) => 255 - at)),
  "http-0.9": () => Buffer.from("ok"),
  "bad-chunk": (out) =>
    joined(`${head(out, [...unframed(out), ["Transfer-Encoding", "chunked"]])}zz${CRLF}`, bodyOf(out)),
  "bad-length": (out) => joined(head(out, [...unframed(out), ["Content-Length", "twelve"]]), bodyOf(out)),
  "huge-header": (out) =>
    joined(head(out, [...lastHeaders(out), ["X-Huge", "x".repeat(HUGE_BYTES)]]), bodyOf(out)),
};

function truncate(out: Outgoing, { keep, ending, framing }: Truncation): void {
  const { socket } = out.request;
  const body = bodyOf(out);
  const kept = body.subarray(0, Math.floor(body.length * keep));
  const isChunked = framing === "chunked";
  // Of an empty body a byte is missing all the same.
  const missing: Header = isChunked
    ? ["Transfer-Encoding", "chunked"]
    : ["Content-Length", String(Math.max(body.length, kept.length + 1))];
  const sent = isChunked && kept.length > 0 ? joined(kept.length.toString(16) + CRLF, kept) : kept;
  const end = isChunked && kept.length > 0 ? CRLF : "";
  const bytes = joined(head(out, [...unframed(out), missing]), Buffer.concat([sent, Buffer.from(end)]));
  if (ending === "fin") socket.end(bytes);
  else socket.write(bytes, () => socket.resetAndDestroy());
}

function drip(out: Outgoing, agenda: Agenda, outcome: Outcome): void {
  const { request, response, keepAlive, answer, extra, played, departureMs } = out;
  const overMs = dripMsOf(played);
  const body = bodyOf(out);
  const pieces = Math.max(1, Math.min(played.drip?.pieces ?? 1, body.length));
  const cut = (piece: number): number => Math.round((body.length * piece) / pieces);
  writeHead(response, answer, headersOf(request, keepAlive, answer, extra));
  response.flushHeaders();
  for (let piece = 1; piece <= pieces; piece++) {
    const part = body.subarray(cut(piece - 1), cut(piece));
    agenda.add(departureMs - overMs * (1 - piece / pieces), () => {
      if (response.destroyed) return;
      if (piece < pieces) response.write(part);
      else {
        outcome.completed();
        response.end(part);
      }
    });
  }
}

/** A whole answer on a connection that stays open until the worker is back. */
function linger(out: Outgoing, agenda: Agenda): void {
  const { request, played, departureMs } = out;
  const body = bodyOf(out);
  const { socket } = request;
  const sized: Header = ["Content-Length", String(Buffer.byteLength(out.answer.body))];
  socket.write(joined(head(out, [...unframed(out), sized]), body));
  agenda.add(departureMs + awayMsOf(played), () => socket.end());
}
