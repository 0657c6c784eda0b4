import type { Asset, MixRequest } from "./mix.ts";

/** What a visitor does to get what a request needs and the visitor lacks. */
const SOURCES: Readonly<Record<Asset, string>> = { token: "product", basket: "basket-add", login: "login" };
/** A visitor that is about to log in has the form in front of it. */
const FORM_BEFORE: Readonly<Record<string, string>> = { login: "login-page" };

export type Assets = ReadonlySet<Asset>;

/** Requests that a visitor with `has` sends for `wanted`: what is missing first, the wanted one last. */
export function withSupplies(
  wanted: string,
  has: Assets,
  requestOf: (name: string) => MixRequest,
): readonly string[] {
  const request = requestOf(wanted);
  const sent: string[] = [];
  let now = has;
  for (const need of request.needs ?? []) {
    if (now.has(need)) continue;
    const source = SOURCES[need];
    const form = FORM_BEFORE[source];
    for (const name of [...(form === undefined ? [] : [form]), source]) {
      const supplies = withSupplies(name, now, requestOf);
      sent.push(...supplies);
      now = afterAll(now, supplies, requestOf);
    }
  }
  return [...sent, wanted];
}

/** What a visitor has after all of these went well. */
export function afterAll(
  has: Assets,
  names: readonly string[],
  requestOf: (name: string) => MixRequest,
): Assets {
  const now = new Set(has);
  for (const name of names) {
    const { gives, takes } = requestOf(name);
    if (gives !== undefined) now.add(gives);
    if (takes !== undefined) now.delete(takes);
  }
  return now;
}
