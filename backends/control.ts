import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import { type BackendStats, HEADER_TOKEN, type ListenOrder, type ResetOrder } from "./protocol.ts";
import { parseFault } from "./timetable.ts";

/** What the control port can do to a backend. */
export interface Controlled {
  readonly id: number;
  /** Resolves when the next trial may begin. */
  reset(order: ResetOrder): Promise<void>;
  /** Resolves when listening; rejects with an Error of one line. */
  listenAt(atNs: bigint): Promise<void>;
  stats(): BackendStats;
}

const MAX_BODY_BYTES = 1_048_576;
const instant = z.string().regex(/^[0-9]{1,20}$/, "expected hrtime nanoseconds as decimal text");
const resetSchema = z.strictObject({
  zeroNs: instant,
  seed: z.int().optional(),
  faults: z.array(z.unknown()),
});
const listenSchema = z.strictObject({ atNs: instant });

/** Refused by us, with the status and one line for the caller. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The control API as a server of its own, that no traffic reaches; the caller lets it listen on 127.0.0.1. */
export function createControl(backend: Controlled, token: string): Server {
  return createServer((request, response) => {
    void answer(request, backend, token).then(
      (result) => send(response, result === undefined ? 204 : 200, result),
      (error: unknown) => {
        const status = error instanceof Refusal ? error.status : 500;
        send(response, status, { error: error instanceof Error ? error.message : String(error) });
      },
    );
  });
}

async function answer(request: IncomingMessage, backend: Controlled, token: string): Promise<unknown> {
  if (!sameSecret(String(request.headers[HEADER_TOKEN] ?? ""), token))
    throw new Refusal(401, "wrong or missing token");
  switch (`${request.method} ${request.url}`) {
    case "GET /stats":
      return backend.stats();
    case "POST /reset":
      return backend.reset(resetOrder(await readJson(request), backend.id));
    case "POST /listen":
      return backend.listenAt(BigInt(listenOrder(await readJson(request)).atNs)).catch((error: Error) => {
        throw new Refusal(409, error.message);
      });
    default:
      throw new Refusal(404, "no such call");
  }
}

function resetOrder(body: unknown, id: number): ResetOrder {
  return refuse(() => {
    const order = resetSchema.parse(body);
    const faults = order.faults.map(parseFault);
    const stray = faults.find((fault) => fault.backend !== id);
    if (stray !== undefined) throw new Error(`a fault of backend ${stray.backend} was sent to backend ${id}`);
    return { zeroNs: order.zeroNs, faults, ...(order.seed === undefined ? {} : { seed: order.seed }) };
  });
}

function listenOrder(body: unknown): ListenOrder {
  return refuse(() => listenSchema.parse(body));
}

function refuse<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const message =
      issue === undefined ? String((error as Error).message) : `${issue.path.join(".")}: ${issue.message}`;
    throw new Refusal(400, message);
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Refusal(400, "body too large");
    chunks.push(chunk);
  }
  return refuse(() => JSON.parse(Buffer.concat(chunks).toString()) as unknown);
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (status === 204) {
    response.writeHead(204).end();
    return;
  }
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
