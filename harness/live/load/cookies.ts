import { createCookieJar } from "../../traffic/cookie-jar.ts";
import type { ResponseParser } from "./http-parser.ts";

/** The cookies of all clients of a trial, or of all visitors in sessions of their own. */
export interface Cookies {
  keep(holder: number, response: ResponseParser): void;
  /** Value of its Cookie field, null for none. */
  of(holder: number): string | null;
  /** For its forms; null before the first page with one. */
  token(holder: number): string | null;
}

/** The balancer's cookie alone. */
export function createClientCookies(): Cookies {
  const jar = createCookieJar();
  return {
    keep: (holder, response) => jar.keep(holder, response.cookie),
    of: jar.of,
    token: () => null,
  };
}

interface Kept {
  token: string | null;
  session: string | null;
  balancer: string | null;
}

/** The shop's and the balancer's. */
export function createVisitorCookies(): Cookies {
  const kept = new Map<number, Kept>();
  return {
    keep(holder, { csrfToken, sessionId, cookie }) {
      if (csrfToken === null && sessionId === null && cookie === null) return;
      const now = kept.get(holder) ?? { token: null, session: null, balancer: null };
      if (csrfToken !== null) now.token = csrfToken === "" ? null : csrfToken;
      if (sessionId !== null) now.session = sessionId === "" ? null : sessionId;
      if (cookie !== null) now.balancer = cookie;
      kept.set(holder, now);
    },
    of(holder) {
      const { token = null, session = null, balancer = null } = kept.get(holder) ?? {};
      const parts: string[] = [];
      if (token !== null) parts.push(`csrftoken=${token}`);
      if (session !== null) parts.push(`sessionid=${session}`);
      if (balancer !== null) parts.push(balancer);
      return parts.length === 0 ? null : parts.join("; ");
    },
    token: (holder) => kept.get(holder)?.token ?? null,
  };
}
