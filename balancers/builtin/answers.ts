import { type ServerResponse, STATUS_CODES } from "node:http";
import type { ForwardFailure } from "./forward.ts";

/** What the proxy itself says, and nothing of what is behind it. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
}

export const NO_BACKEND: Answer = { status: 503, reason: "no backend is available" };
export const OVER_LIMIT: Answer = { status: 503, reason: "too many requests are in flight" };

const ANSWERS: Readonly<Record<ForwardFailure["reason"], Answer>> = {
  refused: { status: 502, reason: "no connection to the backend" },
  closed: { status: 502, reason: "the backend closed the connection before it had answered" },
  malformed: { status: 502, reason: "the backend's answer is not valid HTTP" },
  "connect-timeout": { status: 504, reason: "the backend did not accept the connection in time" },
  silent: { status: 504, reason: "the backend did not answer in time" },
  "client-silent": { status: 408, reason: "the request did not arrive in time" },
  "client-gone": { status: 499, reason: "the client went away" },
  outrun: { status: 499, reason: "another attempt was answered first" },
  unforwardable: { status: 400, reason: "the request cannot be forwarded" },
};

export function answerFor(failure: ForwardFailure): Answer {
  return ANSWERS[failure.reason];
}

export function page({ status, reason }: Answer): string {
  const title = `${status} ${STATUS_CODES[status] ?? "Error"}`;
  return `<!doctype html>\n<html lang="en">\n<head><title>${title}</title></head>\n<body><h1>${title}</h1><p>evenkeel proxy: ${reason}</p></body>\n</html>\n`;
}

export function respond(reply: ServerResponse, answer: Answer): void {
  const body = page(answer);
  // A client that stopped in the middle of its request has left the connection in no state to be used again.
  if (answer.status === 408) reply.shouldKeepAlive = false;
  reply.writeHead(answer.status, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Length": body.length,
  });
  reply.end(body);
}
