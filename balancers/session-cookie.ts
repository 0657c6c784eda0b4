import type { BackendIndex } from "./algorithm.ts";

/** What a session cookie says of a backend: `backend-3` of the third, as HAProxy's servers are called. */
export const sessionValue = (backend: BackendIndex): string => `backend-${backend + 1}`;

const VALUE = /^backend-([1-9]\d{0,8})$/;

/** Value of the cookie `name` of a Cookie header. */
export function cookieOf(cookies: string | undefined, name: string): string | undefined {
  const pair = pairsOf(cookies).find((each) => each.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

/** The backend that the cookie `name` of a Cookie header says; null where there is none, or it says something else. */
export function sessionOf(cookies: string | undefined, name: string): BackendIndex | null {
  const number = VALUE.exec(cookieOf(cookies, name) ?? "")?.[1];
  return number === undefined ? null : Number(number) - 1;
}

/** A Cookie header without the cookie `name`; empty when there was no other. */
export function withoutCookie(cookies: string, name: string): string {
  return pairsOf(cookies)
    .filter((pair) => !pair.startsWith(`${name}=`))
    .join("; ");
}

function pairsOf(cookies: string | undefined): readonly string[] {
  return cookies === undefined ? [] : cookies.split(";").map((pair) => pair.trim());
}
