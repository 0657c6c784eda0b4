import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { BackendMode } from "../protocol.ts";
import type { Answer } from "./http.ts";
import { gunicornError } from "./pages.ts";

/** Seconds that a gthread worker keeps an idle connection; sync workers keep none. */
export const KEEP_ALIVE_S = 2;
/** Connections that wait in the kernel. */
export const BACKLOG = 2_048;
/** Time that requests in service have after SIGTERM. */
export const GRACEFUL_TIMEOUT_S = 30;

/** Writes an answer as gunicorn does: its own headers first, then Django's in their order, then `extra`. */
export function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  keepAlive: boolean,
  answer: Answer,
  extra: readonly (readonly [name: string, value: string])[],
): void {
  const headers: string[] = [
    "Server",
    "gunicorn",
    "Date",
    new Date().toUTCString(),
    "Connection",
    keepAlive ? "keep-alive" : "close",
  ];
  const sized = answer.headers.some(([name]) => name === "Content-Length");
  if (!sized && request.httpVersion === "1.1" && request.method !== "HEAD")
    headers.push("Transfer-Encoding", "chunked");
  for (const [name, value] of answer.headers) headers.push(name, value);
  for (const [name, value] of extra) headers.push(name, value);
  response.writeHead(answer.status, STATUS_CODES[answer.status] ?? "Unknown", headers);
  response.end(answer.body);
}

/** Whether the connection outlives this request. */
export function keepsAlive(request: IncomingMessage, mode: BackendMode): boolean {
  if (mode === "sync") return false;
  const connection = request.headers.connection?.toLowerCase() ?? "";
  return request.httpVersion === "1.1" ? !connection.includes("close") : connection.includes("keep-alive");
}

/** What gunicorn answers for a worker that it had to kill (since version 22). */
export function killedAnswer(): string {
  return gunicornError(500, "Internal Server Error", "");
}
