/**
 * HTTP/1.1 responses (RFC 9112) as far as a load generator needs them: where a response ends, its status, whether the
 * connection may be kept, and the two headers of a simulated backend. State is plain data, so that one parser per
 * connection is cheap and a response costs no allocation.
 */
import { HEADER_BACKEND, HEADER_TIMES } from "../../../backends/protocol.ts";
import { UNKNOWN_U32 } from "../../rows.ts";
import {
  findLineFeed,
  matches,
  parseDecimal,
  parseHex,
  parseTimes,
  trimmedEnd,
  trimmedStart,
} from "./http-text.ts";

export const MORE = 0;
export const COMPLETE = 1;
export const MALFORMED = 2;
export type Verdict = typeof MORE | typeof COMPLETE | typeof MALFORMED;

const STATUS_LINE = 0;
const HEADER_LINE = 1;
const BODY_LENGTH = 2;
const BODY_TO_CLOSE = 3;
const CHUNK_SIZE = 4;
const CHUNK_DATA = 5;
const CHUNK_END = 6;
const TRAILER = 7;
const DONE = 8;
const FAILED = 9;

const MAX_HEAD_BYTES = 64 * 1024;
const UNKNOWN_LENGTH = -1;

export interface ResponseParser {
  state: number;
  /** Response to HEAD: no body whatever its headers say. */
  head: boolean;
  /** Any byte of this response was seen. */
  started: boolean;
  status: number;
  keepAlive: boolean;
  backend: number;
  queueUs: number;
  serviceUs: number;
  lagUs: number;
  /** Bytes of the last fed chunk that belong to this response. */
  consumed: number;
  contentLength: number;
  chunked: boolean;
  otherCoding: boolean;
  http10: boolean;
  /** Bytes of the body or chunk still to come. */
  left: number;
  headBytes: number;
  /** Start of a line whose end is in a later chunk. */
  carry: Buffer | null;
  /** Name of the one cookie that is looked for, null for none. */
  readonly cookieName: string | null;
  /** `name=value` of it, when the response set it. */
  cookie: string | null;
  /** For a visitor of the shop: what the next three are taken from the response. */
  readonly asVisitor: boolean;
  /** Values of `csrftoken` and `sessionid`, when the response set them; empty where it takes the cookie away. */
  csrfToken: string | null;
  sessionId: string | null;
  location: string | null;
}

export function createResponseParser(cookieName: string | null = null, asVisitor = false): ResponseParser {
  return {
    state: STATUS_LINE,
    head: false,
    started: false,
    status: 0,
    keepAlive: true,
    backend: 0,
    queueUs: UNKNOWN_U32,
    serviceUs: UNKNOWN_U32,
    lagUs: UNKNOWN_U32,
    consumed: 0,
    contentLength: UNKNOWN_LENGTH,
    chunked: false,
    otherCoding: false,
    http10: false,
    left: 0,
    headBytes: 0,
    carry: null,
    cookieName,
    cookie: null,
    asVisitor,
    csrfToken: null,
    sessionId: null,
    location: null,
  };
}

/** Gets ready for the response to the next request. */
export function expectResponse(parser: ResponseParser, head: boolean): void {
  parser.started = false;
  parser.carry = null;
  parser.head = head;
  beginMessage(parser);
}

function beginMessage(parser: ResponseParser): void {
  parser.state = STATUS_LINE;
  parser.status = 0;
  parser.keepAlive = true;
  parser.backend = 0;
  parser.queueUs = parser.serviceUs = parser.lagUs = UNKNOWN_U32;
  parser.contentLength = UNKNOWN_LENGTH;
  parser.chunked = parser.otherCoding = parser.http10 = false;
  parser.left = 0;
  parser.headBytes = 0;
  parser.cookie = null;
  if (parser.asVisitor) parser.csrfToken = parser.sessionId = parser.location = null;
}

/** Takes bytes `from` to `to` of `buffer`, which may be reused afterwards. Any split of the stream gives the same result. */
export function feed(parser: ResponseParser, buffer: Buffer, from: number, to: number): Verdict {
  if (from < to) parser.started = true;
  let at = from;
  while (at < to && parser.state < DONE) {
    if (parser.state === BODY_TO_CLOSE) at = to;
    else if (parser.state === BODY_LENGTH || parser.state === CHUNK_DATA) {
      const taken = Math.min(parser.left, to - at);
      parser.left -= taken;
      at += taken;
      if (parser.left === 0) parser.state = parser.state === CHUNK_DATA ? CHUNK_END : DONE;
    } else at = feedLine(parser, buffer, at, to);
  }
  parser.consumed = at - from;
  return verdictOf(parser);
}

/** The peer closed: COMPLETE when that ends the body, MALFORMED when it cuts the response. */
export function finish(parser: ResponseParser): Verdict {
  parser.state = parser.state === BODY_TO_CLOSE || parser.state === DONE ? DONE : FAILED;
  return verdictOf(parser);
}

function verdictOf(parser: ResponseParser): Verdict {
  return parser.state === DONE ? COMPLETE : parser.state === FAILED ? MALFORMED : MORE;
}

function feedLine(parser: ResponseParser, buffer: Buffer, at: number, to: number): number {
  const lineFeed = findLineFeed(buffer, at, to);
  const next = lineFeed === -1 ? to : lineFeed + 1;
  parser.headBytes += next - at;
  if (parser.headBytes > MAX_HEAD_BYTES) {
    parser.state = FAILED;
    return next;
  }
  if (lineFeed === -1 || parser.carry !== null) {
    const part = buffer.subarray(at, next);
    parser.carry = parser.carry === null ? Buffer.from(part) : Buffer.concat([parser.carry, part]);
    if (lineFeed === -1) return next;
    const line = parser.carry;
    parser.carry = null;
    takeLine(parser, line, 0, line.length - 1);
  } else takeLine(parser, buffer, at, lineFeed);
  return next;
}

/** `to` is the position of the line feed; a carriage return before it belongs to the line end. */
function takeLine(parser: ResponseParser, buffer: Buffer, from: number, to: number): void {
  const end = to > from && buffer[to - 1] === 0x0d ? to - 1 : to;
  switch (parser.state) {
    case STATUS_LINE:
      takeStatus(parser, buffer, from, end);
      break;
    case HEADER_LINE:
      if (from === end) endHead(parser);
      else takeHeader(parser, buffer, from, end);
      break;
    case CHUNK_SIZE:
      takeChunkSize(parser, buffer, from, end);
      break;
    case CHUNK_END:
      parser.state = from === end ? CHUNK_SIZE : FAILED;
      break;
    default:
      if (from === end) parser.state = DONE;
  }
}

/** `HTTP/1.1 200 OK`, the reason may be missing. */
function takeStatus(parser: ResponseParser, buffer: Buffer, from: number, end: number): void {
  parser.state = FAILED;
  if (end - from < 12 || !matches(buffer, from, from + 7, "http/1.") || buffer[from + 8] !== 0x20) return;
  if (end - from > 12 && buffer[from + 12] !== 0x20) return;
  const minor = buffer[from + 7];
  const status = parseDecimal(buffer, from + 9, from + 12);
  if ((minor !== 0x30 && minor !== 0x31) || status < 100) return;
  parser.http10 = minor === 0x30;
  parser.keepAlive = !parser.http10;
  parser.status = status;
  parser.state = HEADER_LINE;
}

function takeHeader(parser: ResponseParser, buffer: Buffer, from: number, end: number): void {
  const colon = buffer.indexOf(0x3a, from);
  const blank = buffer[colon - 1];
  // No name, a folded line, or a blank before the colon: RFC 9112 5.1 and 5.2.
  if (
    colon <= from ||
    colon >= end ||
    blank === 0x20 ||
    blank === 0x09 ||
    buffer[from] === 0x20 ||
    buffer[from] === 0x09
  ) {
    parser.state = FAILED;
    return;
  }
  const start = trimmedStart(buffer, colon + 1, end);
  const stop = trimmedEnd(buffer, start, end);
  switch (colon - from) {
    case 8:
      if (parser.asVisitor && matches(buffer, from, colon, "location"))
        parser.location = buffer.toString("latin1", start, stop);
      break;
    case 10:
      if (matches(buffer, from, colon, "connection")) takeConnection(parser, buffer, start, stop);
      else if ((parser.cookieName !== null || parser.asVisitor) && matches(buffer, from, colon, "set-cookie"))
        takeCookie(parser, buffer, start, stop);
      break;
    case 14:
      if (matches(buffer, from, colon, "content-length")) takeLength(parser, buffer, start, stop);
      break;
    case 17:
      if (matches(buffer, from, colon, "transfer-encoding")) takeCoding(parser, buffer, start, stop);
      break;
    case HEADER_TIMES.length:
      if (matches(buffer, from, colon, HEADER_TIMES)) parseTimes(buffer, start, stop, parser);
      break;
    case HEADER_BACKEND.length:
      if (matches(buffer, from, colon, HEADER_BACKEND)) {
        const id = parseDecimal(buffer, start, stop);
        parser.backend = id > 0 && id <= 0xff ? id : 0;
      }
      break;
  }
}

function takeConnection(parser: ResponseParser, buffer: Buffer, start: number, stop: number): void {
  const options = buffer.toString("latin1", start, stop).toLowerCase().split(",");
  for (const option of options) {
    const name = option.trim();
    if (name === "close") parser.keepAlive = false;
    else if (name === "keep-alive" && parser.http10) parser.keepAlive = true;
  }
}

const CSRF = "csrftoken=";
const SESSION = "sessionid=";

/** A cookie that is taken away is set to `""`. */
function cookieValue(pair: string, name: string): string {
  const value = pair.slice(name.length);
  return value === '""' ? "" : value;
}

/** `SRV=backend-1; path=/`: attributes do not matter to a client that asks one host for as long as a trial lasts. */
function takeCookie(parser: ResponseParser, buffer: Buffer, start: number, stop: number): void {
  const pair = buffer.toString("latin1", start, stop).split(";", 1)[0]!.trim();
  if (parser.cookieName !== null && pair.startsWith(`${parser.cookieName}=`)) parser.cookie = pair;
  if (!parser.asVisitor) return;
  if (pair.startsWith(CSRF)) parser.csrfToken = cookieValue(pair, CSRF);
  if (pair.startsWith(SESSION)) parser.sessionId = cookieValue(pair, SESSION);
}

function takeLength(parser: ResponseParser, buffer: Buffer, start: number, stop: number): void {
  const length = parseDecimal(buffer, start, stop);
  const differs = parser.contentLength !== UNKNOWN_LENGTH && parser.contentLength !== length;
  if (length < 0 || differs) parser.state = FAILED;
  else parser.contentLength = length;
}

function takeCoding(parser: ResponseParser, buffer: Buffer, start: number, stop: number): void {
  const last = buffer.toString("latin1", start, stop).toLowerCase().split(",").at(-1)?.trim();
  parser.chunked = last === "chunked";
  parser.otherCoding = !parser.chunked;
  // RFC 9112 6.1: HTTP/1.0 has no transfer codings, its framing cannot be trusted.
  if (parser.http10) parser.state = FAILED;
}

/** RFC 9112 6.3: how long the body is. */
function endHead(parser: ResponseParser): void {
  const { status } = parser;
  if (status === 101) parser.state = FAILED;
  else if (status < 200) beginMessage(parser);
  else if (parser.head || status === 204 || status === 304) parser.state = DONE;
  else if (parser.chunked) parser.state = CHUNK_SIZE;
  else if (parser.contentLength === UNKNOWN_LENGTH || parser.otherCoding) {
    parser.keepAlive = false;
    parser.state = BODY_TO_CLOSE;
  } else {
    parser.left = parser.contentLength;
    parser.state = parser.left === 0 ? DONE : BODY_LENGTH;
  }
}

function takeChunkSize(parser: ResponseParser, buffer: Buffer, from: number, end: number): void {
  parser.headBytes = 0;
  const size = parseHex(buffer, from, end);
  if (size < 0) parser.state = FAILED;
  else {
    parser.left = size;
    parser.state = size === 0 ? TRAILER : CHUNK_DATA;
  }
}
