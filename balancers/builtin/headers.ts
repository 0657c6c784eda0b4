import type { IncomingMessage } from "node:http";
import { withoutCookie } from "../session-cookie.ts";
import type { ProxyBackend, ProxyOptions } from "./options.ts";

/** Fields that end at this hop (RFC 9110 section 7.6.1), beside `Proxy-*` and those that `Connection` names. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]);
/** We answer `Expect` ourselves, and write the others anew. */
const REWRITTEN = new Set(["host", "expect", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"]);

/** The session cookie is between the client and us. */
const REWRITTEN_WITH_COOKIE = new Set([...REWRITTEN, "cookie"]);

/** Name, value, name, value, ...: what goes to the backend. Order, case and repeated fields are kept. */
export function requestHeaders(
  request: IncomingMessage,
  backend: ProxyBackend,
  options: Pick<ProxyOptions, "host" | "via"> & { readonly cookie: string | null },
  clientHost: string,
): string[] {
  const headers = ["Host", hostFor(options.host, clientHost, backend)];
  const { cookie, connection } = request.headers;
  const isOurs = options.cookie !== null && cookie !== undefined;
  copyEndToEnd(request.rawHeaders, headers, connection, isOurs ? REWRITTEN_WITH_COOKIE : REWRITTEN);
  const rest = isOurs ? withoutCookie(cookie, options.cookie) : "";
  if (rest !== "") headers.push("Cookie", rest);
  const client = clientAddress(request);
  const before = request.headers["x-forwarded-for"];
  headers.push("X-Forwarded-For", before === undefined ? client : `${before}, ${client}`);
  headers.push("X-Forwarded-Proto", "http", "X-Forwarded-Host", clientHost);
  if (options.via) headers.push("Via", `${request.httpVersion} evenkeel`);
  return headers;
}

/** Name, value, name, value, ...: what goes to the client. */
export function responseHeaders(status: number, raw: readonly Buffer[], via: boolean): string[] {
  const fields = raw.map((field) => field.toString("latin1"));
  const headers: string[] = [];
  const connection = fields.filter((_, at) => at % 2 === 1 && fields[at - 1]?.toLowerCase() === "connection");
  // A 204 has no content to count (RFC 9110 section 8.6).
  copyEndToEnd(fields, headers, connection.join(","), status === 204 ? NO_LENGTH : NONE);
  if (via) headers.push("Via", "1.1 evenkeel");
  return headers;
}

const NONE: ReadonlySet<string> = new Set();
const NO_LENGTH: ReadonlySet<string> = new Set(["content-length"]);

function copyEndToEnd(
  fields: readonly string[],
  into: string[],
  connection: string | undefined,
  without: ReadonlySet<string>,
): void {
  const named = namedBy(connection);
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] as string;
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || lower.startsWith("proxy-") || without.has(lower) || named?.includes(lower))
      continue;
    into.push(name, fields[at + 1] as string);
  }
}

/** `Connection: keep-alive, X-Hop` to `["x-hop"]`; null when it names none, as nearly always. */
function namedBy(connection: string | undefined): readonly string[] | null {
  if (connection === undefined || connection === "" || /^(keep-alive|close)$/i.test(connection)) return null;
  return connection.split(",").map((name) => name.trim().toLowerCase());
}

function hostFor(policy: ProxyOptions["host"], clientHost: string, backend: ProxyBackend): string {
  if (policy === "preserve") return clientHost;
  return policy === "upstream" ? `${backend.host}:${backend.port}` : policy;
}

/** IPv4 without the prefix that a dual-stack socket gives it. */
export function clientAddress(request: IncomingMessage): string {
  const address = request.socket.remoteAddress ?? "unknown";
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
