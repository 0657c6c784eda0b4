import { createHmac, randomBytes } from "node:crypto";
import type { Session } from "./http.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const MIXED = `${ALPHABET}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;
/** All backends are one deployment, and a deployment shares its SECRET_KEY. */
const SECRET_KEY = "evenkeel";
const MAX_LINES = ALPHABET.length - 1;

/**
 * A 32-character session id that carries its session, signed: whichever backend issued it, every other knows it, as with Django's
 * default of a shared database, and no backend keeps a table that grows.
 */
export function sessionId(session: Session): string {
  const lines = Math.min(session.lines, MAX_LINES);
  const data = `${session.user ? "u" : "a"}${ALPHABET[lines]}${randomText(16, ALPHABET)}`;
  return data + signature(data);
}

/** The session of an id; null for an unknown one. */
export function sessionOf(id: string | undefined): Session | null {
  if (id?.length !== 32) return null;
  const data = id.slice(0, 18);
  if (signature(data) !== id.slice(18)) return null;
  return { user: data[0] === "u", lines: Math.max(0, ALPHABET.indexOf(data[1] ?? "a")) };
}

function signature(data: string): string {
  const digest = createHmac("sha256", SECRET_KEY).update(data).digest();
  let text = "";
  for (let at = 0; at < 14; at++) text += ALPHABET[(digest[at] as number) % ALPHABET.length];
  return text;
}

/** A CSRF secret as the cookie of Django >= 4.1 holds it: 32 characters, unmasked. */
export function newCsrfToken(): string {
  return randomText(32, MIXED);
}

function randomText(length: number, alphabet: string): string {
  let text = "";
  for (const byte of randomBytes(length)) text += alphabet[byte % alphabet.length];
  return text;
}

/** `Cookie` header to values by name; the first of equal names counts. */
export function parseCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const part of header?.split(";") ?? []) {
    const equals = part.indexOf("=");
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim();
    if (!cookies.has(name)) cookies.set(name, part.slice(equals + 1).trim());
  }
  return cookies;
}
