import type { IncomingMessage } from "node:http";
import type { Answer } from "./answers.ts";

/** Where a request wants to go, or why it is not forwarded. */
export interface Target {
  /** Origin form: path and query. */
  readonly path: string;
  readonly host: string;
  readonly refusal: Answer | null;
}

const ABSOLUTE = /^http:\/\/([^/?#@]+)([/?].*)?$/i;

/** Node's parser has refused what is ambiguous (both lengths, wrong codings); this is what it lets through and we do not forward. */
export function readTarget(request: IncomingMessage): Target {
  const url = request.url ?? "/";
  const host = request.headers.host ?? "";
  const upgrade = request.headers.upgrade?.toLowerCase();
  // A server may ignore an upgrade (RFC 9110 section 7.8); only h2c clients are known to go on without.
  if (upgrade !== undefined && upgrade !== "h2c") return refuse(501, "upgrades are not supported");
  const coding = request.headers["transfer-encoding"];
  if (coding !== undefined && coding.toLowerCase() !== "chunked")
    return refuse(501, "this transfer coding is not supported");
  if (url.startsWith("/")) return { path: url, host, refusal: null };
  const absolute = ABSOLUTE.exec(url);
  if (absolute === null) return refuse(400, "the request target has to be a path");
  const rest = absolute[2] ?? "/";
  return { path: rest.startsWith("?") ? `/${rest}` : rest, host: absolute[1] as string, refusal: null };
}

function refuse(status: number, reason: string): Target {
  return { path: "", host: "", refusal: { status, reason } };
}
