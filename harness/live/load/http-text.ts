import type { Buffer } from "node:buffer";
import { UNKNOWN_U32 } from "../../rows.ts";

const MAX_DECIMAL_DIGITS = 15;
const MAX_HEX_DIGITS = 12;

/** Position of the first line feed in `from` .. `to`, -1 when there is none. */
export function findLineFeed(buffer: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at++) if (buffer[at] === 0x0a) return at;
  return -1;
}

/** Are the bytes `from` .. `to` this lower-case ASCII text, in any case? */
export function matches(buffer: Buffer, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false;
  for (let at = 0; at < text.length; at++) {
    const byte = buffer[from + at]!;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== text.charCodeAt(at)) return false;
  }
  return true;
}

export function trimmedStart(buffer: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && (buffer[at] === 0x20 || buffer[at] === 0x09)) at++;
  return at;
}

export function trimmedEnd(buffer: Buffer, from: number, to: number): number {
  let at = to;
  while (at > from && (buffer[at - 1] === 0x20 || buffer[at - 1] === 0x09)) at--;
  return at;
}

/** Digits only, at most 15; -1 for anything else. */
export function parseDecimal(buffer: Buffer, from: number, to: number): number {
  if (from >= to || to - from > MAX_DECIMAL_DIGITS) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = buffer[at]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Size of a chunk: hexadecimal digits up to an extension; -1 for anything else. */
export function parseHex(buffer: Buffer, from: number, to: number): number {
  let value = 0;
  let at = from;
  for (; at < to; at++) {
    const digit = hexDigit(buffer[at]!);
    if (digit === -1) break;
    if (at - from >= MAX_HEX_DIGITS) return -1;
    value = value * 16 + digit;
  }
  if (at === from) return -1;
  const rest = trimmedStart(buffer, at, to);
  return rest === to || buffer[rest] === 0x3b ? value : -1;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

interface Times {
  queueUs: number;
  serviceUs: number;
  lagUs: number;
}

/** `queue=153;service=20133;lag=80` into `times`; what is not there or no number stays as it is. */
export function parseTimes(buffer: Buffer, from: number, to: number, times: Times): void {
  let start = from;
  while (start < to) {
    const semicolon = buffer.indexOf(0x3b, start);
    const stop = semicolon === -1 || semicolon > to ? to : semicolon;
    const equals = buffer.indexOf(0x3d, start);
    if (equals !== -1 && equals < stop) {
      const value = parseDecimal(buffer, equals + 1, stop);
      if (value >= 0 && value < UNKNOWN_U32) {
        if (matches(buffer, start, equals, "queue")) times.queueUs = value;
        else if (matches(buffer, start, equals, "service")) times.serviceUs = value;
        else if (matches(buffer, start, equals, "lag")) times.lagUs = value;
      }
    }
    start = stop + 1;
  }
}
