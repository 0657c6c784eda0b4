import type { Request } from "./http.ts";
import type { Wire } from "./wire.ts";

const HOST = /^([a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(?::([0-9]+))?$/;

/**
 * Django's check of the Host header: its pattern knows no underscore, so `django_servers`, the name of an NGINX upstream, is refused
 * even with ALLOWED_HOSTS = ["*"]. Forms of `allowed`: a name, `.suffix`, `*`.
 */
export function hostAllowed(host: string, allowed: readonly string[]): boolean {
  const match = HOST.exec(host.toLowerCase());
  if (match === null) return false;
  const domain = (match[1] as string).replace(/\.$/, "");
  return allowed.some((pattern) => {
    const wanted = pattern.toLowerCase();
    if (wanted === "*") return true;
    return wanted.startsWith(".") ? domain === wanted.slice(1) || domain.endsWith(wanted) : domain === wanted;
  });
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
/** A CSRF secret as it is: 32 characters, unmasked. */
const SECRET = /^[a-zA-Z0-9]{32}$/;
const TOKEN_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

export type CsrfVerdict = "ok" | "no-cookie" | "refused";

/**
 * CsrfViewMiddleware over HTTP: the `csrftoken` cookie must match the form's `csrfmiddlewaretoken` or the `X-CSRFToken` header, and an
 * `Origin`, when there is one and the version looks at it, must be this host. Any well-formed cookie counts, so a bench may send a fixed pair.
 */
export function checkCsrf(request: Request, { checksOrigin }: Pick<Wire, "checksOrigin">): CsrfVerdict {
  if (SAFE.has(request.method)) return "ok";
  const origin = request.headers.origin;
  if (checksOrigin && origin !== undefined && origin !== `http://${request.host}`) return "refused";
  const cookie = request.cookies.get("csrftoken");
  if (cookie === undefined) return "no-cookie";
  const secret = secretOf(cookie);
  const header = request.headers["x-csrftoken"];
  const sent = request.form.get("csrfmiddlewaretoken") ?? (typeof header === "string" ? header : "");
  return secret !== null && secret === secretOf(sent) ? "ok" : "refused";
}

/** `secret` as a masked token: the mask, then the secret shifted by it. */
export function maskedBy(mask: string, secret: string): string {
  let cipher = "";
  for (let at = 0; at < secret.length; at++) {
    const sum = TOKEN_CHARACTERS.indexOf(secret[at] as string) + TOKEN_CHARACTERS.indexOf(mask[at] as string);
    cipher += TOKEN_CHARACTERS[sum % TOKEN_CHARACTERS.length];
  }
  return mask + cipher;
}

/** The secret of a token: 32 characters plain, or 64 of which the first half is the mask; null for anything else. */
export function secretOf(token: string): string | null {
  if (SECRET.test(token)) return token;
  if (!/^[a-zA-Z0-9]{64}$/.test(token)) return null;
  let secret = "";
  for (let at = 0; at < 32; at++) {
    const mask = TOKEN_CHARACTERS.indexOf(token[at] as string);
    const cipher = TOKEN_CHARACTERS.indexOf(token[at + 32] as string);
    secret += TOKEN_CHARACTERS[(cipher - mask + TOKEN_CHARACTERS.length) % TOKEN_CHARACTERS.length];
  }
  return secret;
}
