import { HEADER_DEMAND_PARTS, HEADER_DEMAND_US, HEADER_K } from "../../../backends/protocol.ts";
import type { RequestType, Traffic } from "../../../scenarios/scenario.ts";
import { forClient } from "../../traffic/for-client.ts";
import { aboutProduct } from "../../traffic/products.ts";

/** Framing and our own marks are ours to set, whatever a scenario's headers say. */
const OURS = new Set([
  "content-length",
  "transfer-encoding",
  HEADER_K,
  HEADER_DEMAND_US,
  HEADER_DEMAND_PARTS,
]);

/** What one request type looks like on the wire. */
export interface RequestShape {
  readonly method: string;
  readonly head: boolean;
  /** RFC 9110 9.2.2: may be sent again when a kept connection turns out to be closed. */
  readonly idempotent: boolean;
  /** HTTP/1.1 bytes, one character each (`latin1`); `k` is null outside the window, `cookie` is a `name=value` beside the scenario's. */
  bytes(
    k: number | null,
    demandUs: number,
    client?: number,
    cookie?: string | null,
    parts?: DemandParts,
  ): string;
}

/** Of a demand, in whole microseconds: what is not plain CPU. */
export interface DemandParts {
  readonly ioUs: number;
  readonly gilFreeUs: number;
}

const ALL_CPU: DemandParts = { ioUs: 0, gilFreeUs: 0 };

interface Texts {
  /** The head up to our own marks, without Cookie. */
  readonly start: string;
  readonly ownCookie: string | null;
}

export function createRequestShape(request: RequestType, traffic: Traffic): RequestShape {
  const body = request.body === undefined ? "" : latin1(request.body);
  const byClient = new Map<number, Texts>();
  const isPersonal = [request.path, ...Object.values(request.headers)].some(
    (text) => forClient(text, 0) !== text,
  );
  const textsFor = (client: number): Texts => {
    const key = isPersonal ? client : 0;
    const texts = byClient.get(key) ?? textsOf(request, traffic, body, key);
    byClient.set(key, texts);
    return texts;
  };
  const mark = `\r\n${HEADER_K}: `;
  const end = `\r\n\r\n${body}`;
  return {
    method: request.method,
    head: request.method === "HEAD",
    idempotent: request.method !== "POST",
    bytes(k, demandUs, client = 0, cookie = null, { ioUs, gilFreeUs } = ALL_CPU) {
      const { start, ownCookie } = textsFor(client);
      // A request has one Cookie field (RFC 6265 section 5.4).
      const cookies =
        ownCookie !== null && cookie !== null ? `${ownCookie}; ${cookie}` : (ownCookie ?? cookie);
      const cookieLine = cookies === null ? "" : `\r\nCookie: ${cookies}`;
      const parts =
        ioUs === 0 && gilFreeUs === 0 ? "" : `\r\n${HEADER_DEMAND_PARTS}: io=${ioUs};gilfree=${gilFreeUs}`;
      return start + demandUs + parts + (k === null ? "" : mark + k) + cookieLine + end;
    },
  };
}

function textsOf(request: RequestType, traffic: Traffic, body: string, client: number): Texts {
  const own = Object.entries(request.headers).filter(([name]) => !OURS.has(name.toLowerCase()));
  const given = new Set(own.map(([name]) => name.toLowerCase()));
  const cookie = own.find(([name]) => name.toLowerCase() === "cookie")?.[1];
  const lines = [`${request.method} ${forClient(request.path, client)} HTTP/1.1`];
  if (!given.has("host")) lines.push(`Host: ${traffic.host}`);
  if (!given.has("user-agent")) lines.push("User-Agent: evenkeel");
  for (const [name, value] of own)
    if (name.toLowerCase() !== "cookie") lines.push(`${name}: ${forClient(value, client)}`);
  const expectsBody = request.method === "POST" || request.method === "PUT";
  const length = isTemplate(body) ? LENGTH : body.length;
  if (body !== "" || expectsBody) lines.push(`Content-Length: ${length}`);
  return {
    start: `${latin1(lines.join("\r\n"))}\r\n${HEADER_DEMAND_US}: `,
    ownCookie: cookie === undefined ? null : latin1(forClient(cookie, client)),
  };
}

const LENGTH = "{length}";
const TOKEN = "{csrf}";
const isTemplate = (body: string): boolean => body.includes(TOKEN);

/** The bytes of a visitor's request: about a product, and with the token of its form and the length that follows from it. */
export function fillIn(bytes: string, product: number, token: string | null): string {
  const text = aboutProduct(bytes, product);
  const end = text.indexOf("\r\n\r\n") + 4;
  const body = text.slice(end);
  if (!isTemplate(body)) return text;
  const filled = body.replace(TOKEN, token ?? "");
  return text.slice(0, end).replace(LENGTH, String(filled.length)) + filled;
}

/** The UTF-8 bytes of `text`, one character each. */
function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
