import type { Buffer } from "node:buffer";
import type { Wire } from "./wire.ts";

/** A request as Django sees it. */
export interface Request {
  readonly method: string;
  /** Path without the query, as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The query as it was sent, with its question mark; empty without one. */
  readonly search: string;
  /** Named parts of the path. */
  readonly params: Readonly<Record<string, string>>;
  /** Header by lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly cookies: ReadonlyMap<string, string>;
  /** Fields of an urlencoded form; empty for other bodies. */
  readonly form: URLSearchParams;
  /** Length of the body in bytes. */
  readonly bodyBytes: number;
  /** `Host`, or the address of the server when the client sent none. */
  readonly host: string;
  readonly session: Session | null;
  /** It brought the id of a session that is not known here. */
  readonly isStale: boolean;
}

/** The deployment that answers. */
export interface Site {
  readonly wire: Wire;
  readonly allowedHosts: readonly string[];
  /** Signs sessions: who has another key does not know them. */
  readonly sessionKey: string;
  /** Visitors whose session is not known are sent to the login, because another backend may have it. */
  readonly sessionsAreLocal: boolean;
}

/** What a session holds; null for a client without one. */
export interface Session {
  readonly user: boolean;
  /** Lines in the basket. */
  readonly lines: number;
}

/** A view's answer; middleware adds to it. */
export interface View {
  readonly status: number;
  readonly body: string | Buffer;
  readonly contentType?: string;
  /** In the order in which the view sets them. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** The page holds a CSRF token, so the cookie is set when the client has none. */
  readonly csrf?: "form" | "rotate";
  /** CSRF is handled by the view's own decorator, before the middleware: `Vary` comes earlier. */
  readonly csrfProtected?: boolean;
  /** The view looked at the session or the user. */
  readonly readsSession?: boolean;
  /** The session after this request, when the view wrote to it. */
  readonly session?: Session;
  /** Cookies of the view's own, ready for the wire. */
  readonly cookies?: readonly string[];
  /** It placed an order. */
  readonly isOrder?: boolean;
}

/** A complete answer of Django; without Content-Length among the headers gunicorn sends it chunked. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Buffer;
  readonly isOrder: boolean;
}
