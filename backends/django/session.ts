import { createHmac, randomBytes } from "node:crypto";
import type { Session } from "./http.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const MIXED = `${ALPHABET}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;
/** All backends are one deployment with one database of sessions. */
export const SHARED_KEY = "evenkeel";
/** Of a backend that keeps its sessions to itself, until it forgets them. */
export const newSessionKey = (): string => randomBytes(16).toString("hex");
const MAX_LINES = ALPHABET.length - 1;

/**
 * A 32-character session id that carries its session, signed: every backend with the same key knows it, as with Django's default of a
 * shared database, and no backend keeps a table that grows. So the id changes with what the session holds.
 */
export function sessionId(session: Session, key: string): string {
  const lines = Math.min(session.lines, MAX_LINES);
  const data = `${session.user ? "u" : "a"}${ALPHABET[lines]}${randomText(16, ALPHABET)}`;
  return data + signature(data, key);
}

/** The session of an id; null for an unknown one. */
export function sessionOf(id: string | undefined, key: string): Session | null {
  if (id?.length !== 32) return null;
  const data = id.slice(0, 18);
  if (signature(data, key) !== id.slice(18)) return null;
  return { user: data[0] === "u", lines: Math.max(0, ALPHABET.indexOf(data[1] ?? "a")) };
}

function signature(data: string, key: string): string {
  const digest = createHmac("sha256", key).update(data).digest();
  let text = "";
  for (let at = 0; at < 14; at++) text += ALPHABET[(digest[at] as number) % ALPHABET.length];
  return text;
}

/** A CSRF token as the cookie holds it: 64 characters of which the first half masks the second, or 32 unmasked. */
export function newCsrfToken(length: number): string {
  return randomText(length, MIXED);
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
