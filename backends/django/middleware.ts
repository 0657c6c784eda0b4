import { Buffer } from "node:buffer";
import { checkCsrf, hostAllowed, maskedBy, secretOf } from "./checks.ts";
import type { Answer, Request, Site, View } from "./http.ts";
import { csrfPage, errorPage } from "./pages.ts";
import { toLogin } from "./redirects.ts";
import { newCsrfToken, sessionId } from "./session.ts";
import type { Url } from "./urls.ts";
import type { Wire } from "./wire.ts";

/** What the router found: a url, one that lacks its closing slash, or nothing. */
export type Resolved =
  | { readonly found: "url"; readonly url: Url }
  | { readonly found: "without-slash" }
  | { readonly found: "nothing" };

/** DATA_UPLOAD_MAX_MEMORY_SIZE. */
export const MAX_BODY_BYTES = 2_621_440;
const CSRF_AGE_S = 31_449_600;
const SESSION_AGE_S = 1_209_600;

type Headers = [name: string, value: string][];

/** The token a page carries: the client's own, or the new one that its cookie is going to hold. */
export function csrfToken(request: Request, { wire }: Pick<Site, "wire">): string {
  let token = tokens.get(request);
  if (token === undefined) {
    token = ownToken(request, wire) ?? newCsrfToken(wire.tokenLength);
    tokens.set(request, token);
  }
  return token;
}
const tokens = new WeakMap<Request, string>();

/** The client's, in the form that this version has; it goes into the page, so null for one that is not well-formed. */
function ownToken(request: Request, { tokenLength }: Wire): string | null {
  const own = request.cookies.get("csrftoken") ?? "";
  const secret = secretOf(own);
  if (secret === null || own.length === tokenLength) return secret === null ? null : own;
  return tokenLength === 32 ? secret : maskedBy(newCsrfToken(32), secret);
}

/** Django with its default MIDDLEWARE, in the order in which headers get onto the wire. `failWith` is the status of a view that fails. */
export function respond(request: Request, resolved: Resolved, site: Site, failWith?: number): Answer {
  const { wire } = site;
  if (!hostAllowed(request.host, site.allowedHosts)) {
    // Raised above CommonMiddleware: neither Content-Length nor X-Frame-Options.
    return finish({ status: 400, body: errorPage(400) }, [["Content-Type", wire.errorType]], [], wire);
  }
  if (resolved.found === "without-slash") {
    const headers: Headers = [
      ["Content-Type", HTML],
      ["Location", `${request.path}/${request.search}`],
    ];
    if (wire.sizesRedirect) headers.push(["Content-Length", "0"]);
    return finish({ status: 301, body: "" }, headers, [], wire);
  }
  const view = viewOf(request, resolved, site, failWith);
  const headers: Headers = [["Content-Type", view.contentType ?? HTML]];
  for (const [name, value] of view.headers ?? []) headers.push([name, value]);
  const varyByCsrf = view.csrf !== undefined;
  if (varyByCsrf && view.csrfProtected) headers.push(["Vary", "Cookie"]);
  headers.push(["X-Frame-Options", "DENY"]);
  if (varyByCsrf && !view.csrfProtected) headers.push(["Vary", "Cookie"]);
  headers.push(["Content-Length", String(Buffer.byteLength(view.body))]);
  if (view.readsSession && !varyByCsrf) headers.push(["Vary", "Cookie"]);
  return finish(view, headers, cookiesOf(request, view, site), wire);
}

const HTML = "text/html; charset=utf-8";

function viewOf(request: Request, resolved: Resolved, site: Site, failWith: number | undefined): View {
  const { wire } = site;
  const error = (status: number, body = errorPage(status)): View => ({
    status,
    body,
    contentType: wire.errorType,
  });
  if (failWith !== undefined)
    return { ...error(failWith), readsSession: failWith === 500 && wire.failureReadsSession };
  if (resolved.found !== "url") return error(404);
  if (request.bodyBytes > MAX_BODY_BYTES) return error(400);
  const csrf = checkCsrf(request, wire);
  if (csrf !== "ok") {
    const isMissing = csrf === "no-cookie";
    return error(403, csrfPage(isMissing, wire.csrfPage[isMissing ? 0 : 1]));
  }
  const method = request.method === "HEAD" ? "GET" : request.method;
  if (!resolved.url.methods.some((each) => each === method)) {
    return { status: 405, body: "", headers: [["Allow", resolved.url.methods.join(", ")]] };
  }
  if (site.sessionsAreLocal && request.isStale && resolved.url.isPersonal) return toLogin(request);
  const view = resolved.url.view(request, site);
  return view.status === 404 ? error(404) : view;
}

function cookiesOf(request: Request, view: View, { wire, sessionKey }: Site): Headers {
  const cookies: Headers = [];
  if (view.csrf !== undefined) {
    // Also when the client has the cookie: Django renews its age.
    const token = view.csrf === "rotate" ? newCsrfToken(wire.tokenLength) : csrfToken(request, { wire });
    cookies.push([
      "Set-Cookie",
      `csrftoken=${token}; ${expires(CSRF_AGE_S)}; Max-Age=${CSRF_AGE_S}; Path=/; SameSite=Lax`,
    ]);
  }
  for (const cookie of view.cookies ?? []) cookies.push(["Set-Cookie", cookie]);
  if (view.session !== undefined) {
    cookies.push([
      "Set-Cookie",
      `sessionid=${sessionId(view.session, sessionKey)}; ${expires(SESSION_AGE_S)}; HttpOnly; Max-Age=${SESSION_AGE_S}; Path=/; SameSite=Lax`,
    ]);
  } else if (view.readsSession && request.isStale) {
    cookies.push([
      "Set-Cookie",
      'sessionid=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax',
    ]);
  }
  return cookies;
}

function expires(seconds: number): string {
  return `expires=${new Date(Date.now() + seconds * 1_000).toUTCString()}`;
}

/** SecurityMiddleware is the outermost; Django's WSGI handler puts cookies last. */
function finish(
  { status, body, isOrder = false }: View,
  headers: Headers,
  cookies: Headers,
  wire: Wire,
): Answer {
  headers.push(["X-Content-Type-Options", "nosniff"], ["Referrer-Policy", "same-origin"]);
  if (wire.opener) headers.push(["Cross-Origin-Opener-Policy", "same-origin"]);
  headers.push(...cookies);
  return { status, headers, body, isOrder };
}
