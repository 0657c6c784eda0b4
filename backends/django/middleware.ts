import { Buffer } from "node:buffer";
import { checkCsrf, hostAllowed, SECRET } from "./checks.ts";
import type { Answer, Request, View } from "./http.ts";
import { csrfPage, errorPage } from "./pages.ts";
import { newCsrfToken, sessionId } from "./session.ts";

/** A view function. */
export type Render = (request: Request) => View;

/** What the router found: a url, one that lacks its closing slash, or nothing. */
export type Resolved =
  | { readonly found: "url"; readonly methods: readonly string[]; readonly view: Render }
  | { readonly found: "without-slash" }
  | { readonly found: "nothing" };

/** DATA_UPLOAD_MAX_MEMORY_SIZE. */
export const MAX_BODY_BYTES = 2_621_440;
const CSRF_AGE_S = 31_449_600;
const SESSION_AGE_S = 1_209_600;

type Headers = [name: string, value: string][];

/** The token a page carries: the client's own, or the new one that its cookie is going to hold. */
export function csrfToken(request: Request): string {
  let token = tokens.get(request);
  if (token === undefined) {
    const own = request.cookies.get("csrftoken");
    // It goes into the page, so nothing but a well-formed one is taken over.
    token = own !== undefined && SECRET.test(own) ? own : newCsrfToken();
    tokens.set(request, token);
  }
  return token;
}
const tokens = new WeakMap<Request, string>();

/**
 * Django 5.2 with its default MIDDLEWARE, in the order in which headers get onto the wire. `failWith` is the status of
 * a view that fails.
 */
export function respond(
  request: Request,
  resolved: Resolved,
  allowedHosts: readonly string[],
  failWith?: number,
): Answer {
  if (!hostAllowed(request.host, allowedHosts)) {
    // Raised above CommonMiddleware: neither Content-Length nor X-Frame-Options.
    return finish(400, [["Content-Type", HTML]], errorPage(400), []);
  }
  if (resolved.found === "without-slash") {
    const query = request.query.size > 0 ? `?${request.query}` : "";
    return finish(
      301,
      [
        ["Content-Type", HTML],
        ["Location", `${request.path}/${query}`],
      ],
      "",
      [],
    );
  }
  const view = viewOf(request, resolved, failWith);
  const headers: Headers = [["Content-Type", view.contentType ?? HTML]];
  for (const [name, value] of view.headers ?? []) headers.push([name, value]);
  const cookies = cookiesOf(request, view);
  const varyByCsrf = view.csrf !== undefined;
  if (varyByCsrf && view.csrfProtected) headers.push(["Vary", "Cookie"]);
  headers.push(["X-Frame-Options", "DENY"]);
  if (varyByCsrf && !view.csrfProtected) headers.push(["Vary", "Cookie"]);
  headers.push(["Content-Length", String(Buffer.byteLength(view.body))]);
  if (view.readsSession && !varyByCsrf) headers.push(["Vary", "Cookie"]);
  return finish(view.status, headers, view.body, cookies);
}

const HTML = "text/html; charset=utf-8";

function viewOf(request: Request, resolved: Resolved, failWith: number | undefined): View {
  if (failWith !== undefined) return { status: failWith, body: errorPage(failWith) };
  if (resolved.found !== "url") return { status: 404, body: errorPage(404) };
  if (request.bodyBytes > MAX_BODY_BYTES) return { status: 400, body: errorPage(400) };
  const csrf = checkCsrf(request);
  if (csrf !== "ok") return { status: 403, body: csrfPage(csrf === "no-cookie") };
  const method = request.method === "HEAD" ? "GET" : request.method;
  if (!resolved.methods.includes(method)) {
    return { status: 405, body: "", headers: [["Allow", resolved.methods.join(", ")]] };
  }
  return resolved.view(request);
}

function cookiesOf(request: Request, view: View): Headers {
  const cookies: Headers = [];
  if (view.csrf !== undefined) {
    // Also when the client has the cookie: Django renews its age.
    const token = view.csrf === "rotate" ? newCsrfToken() : csrfToken(request);
    cookies.push([
      "Set-Cookie",
      `csrftoken=${token}; ${expires(CSRF_AGE_S)}; Max-Age=${CSRF_AGE_S}; Path=/; SameSite=Lax`,
    ]);
  }
  if (view.session !== undefined) {
    cookies.push([
      "Set-Cookie",
      `sessionid=${sessionId(view.session)}; ${expires(SESSION_AGE_S)}; HttpOnly; Max-Age=${SESSION_AGE_S}; Path=/; SameSite=Lax`,
    ]);
  }
  return cookies;
}

function expires(seconds: number): string {
  return `expires=${new Date(Date.now() + seconds * 1_000).toUTCString()}`;
}

/** SecurityMiddleware is the outermost; Django's WSGI handler puts cookies last. */
function finish(status: number, headers: Headers, body: string | Buffer, cookies: Headers): Answer {
  headers.push(
    ["X-Content-Type-Options", "nosniff"],
    ["Referrer-Policy", "same-origin"],
    ["Cross-Origin-Opener-Policy", "same-origin"],
    ...cookies,
  );
  return { status, headers, body };
}
