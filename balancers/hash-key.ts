import type { Algorithm, BackendIndex, Pool, RequestView } from "./algorithm.ts";
import { cookieOf } from "./session-cookie.ts";

/** What a hash goes by, as scenarios say it. A cookie's name is one that NGINX has a variable for. */
export const HASH_KEY = /^(client-address|path|header:[A-Za-z0-9-]+|cookie:[A-Za-z0-9_]+)$/;

export const CLIENT_ADDRESS = "client-address";

export type KeyKind = "client-address" | "path" | "header" | "cookie";

/** `header:X-User` to its kind and its name, in lower case for a header. Throws on what HASH_KEY does not match. */
export function parseHashKey(hashKey: string): { readonly kind: KeyKind; readonly name: string } {
  if (!HASH_KEY.test(hashKey)) throw new Error(`${hashKey} is no hash key`);
  const [kind, name = ""] = hashKey.split(":") as [KeyKind, string?];
  return { kind, name: kind === "header" ? name.toLowerCase() : name };
}

/** Reads the key of a request; null when it has none. */
export function readKey(hashKey: string): (request: RequestView) => string | null {
  const { kind, name } = parseHashKey(hashKey);
  if (kind === "client-address") return ({ clientAddress }) => clientAddress;
  if (kind === "path") return ({ path }) => path;
  if (kind === "header") return (request) => request.header(name) || null;
  return (request) => cookieOf(request.header("cookie"), name) || null;
}

/** `choose` by the request's key; requests without one take turns, as at NGINX and HAProxy. */
export function byKey(
  hashKey: string | undefined,
  choose: (key: string, pool: Pool) => BackendIndex,
): Algorithm["pick"] {
  const keyOf = readKey(hashKey ?? CLIENT_ADDRESS);
  let turn = 0;
  return (request, pool) => {
    const key = keyOf(request);
    return key === null ? pool.eligible[turn++ % pool.eligible.length]! : choose(key, pool);
  };
}
