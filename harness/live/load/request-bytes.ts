import { HEADER_DEMAND_US, HEADER_K } from "../../../backends/protocol.ts";
import type { RequestType, Traffic } from "../../../scenarios/scenario.ts";

/** Framing and our own marks are ours to set, whatever a scenario's headers say. */
const OURS = new Set(["content-length", "transfer-encoding", HEADER_K, HEADER_DEMAND_US]);

/** What one request type looks like on the wire. */
export interface RequestShape {
  readonly method: string;
  readonly head: boolean;
  /** RFC 9110 9.2.2: may be sent again when a kept connection turns out to be closed. */
  readonly idempotent: boolean;
  /** HTTP/1.1 bytes, one character each (`latin1`); `k` is null outside the window, `cookie` is a `name=value` beside the scenario's. */
  bytes(k: number | null, demandUs: number, cookie?: string | null): string;
}

export function createRequestShape(request: RequestType, traffic: Traffic): RequestShape {
  const own = Object.entries(request.headers).filter(([name]) => !OURS.has(name.toLowerCase()));
  const given = new Set(own.map(([name]) => name.toLowerCase()));
  // A request has one Cookie field (RFC 6265 section 5.4).
  const ownCookie = own.find(([name]) => name.toLowerCase() === "cookie")?.[1];
  const lines = [`${request.method} ${request.path} HTTP/1.1`];
  if (!given.has("host")) lines.push(`Host: ${traffic.host}`);
  if (!given.has("user-agent")) lines.push("User-Agent: evenkeel");
  for (const [name, value] of own) if (name.toLowerCase() !== "cookie") lines.push(`${name}: ${value}`);
  const body = request.body === undefined ? "" : latin1(request.body);
  const expectsBody = request.method === "POST" || request.method === "PUT";
  if (body !== "" || expectsBody) lines.push(`Content-Length: ${body.length}`);
  const start = `${latin1(lines.join("\r\n"))}\r\n${HEADER_DEMAND_US}: `;
  const mark = `\r\n${HEADER_K}: `;
  const end = `\r\n\r\n${body}`;
  const cookieLine = (cookie: string | null): string => {
    const both =
      ownCookie === undefined
        ? cookie
        : cookie === null
          ? latin1(ownCookie)
          : `${latin1(ownCookie)}; ${cookie}`;
    return both === null ? "" : `\r\nCookie: ${both}`;
  };
  const plain = cookieLine(null);
  return {
    method: request.method,
    head: request.method === "HEAD",
    idempotent: request.method !== "POST",
    bytes(k, demandUs, cookie = null) {
      const cookies = cookie === null ? plain : cookieLine(cookie);
      return start + demandUs + (k === null ? "" : mark + k) + cookies + end;
    },
  };
}

/** The UTF-8 bytes of `text`, one character each. */
function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
