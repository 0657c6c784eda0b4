import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import fastify, { type FastifyRequest } from "fastify";
import { PROBE_PATH } from "../protocol.ts";
import type { Answer, Request, Site } from "./http.ts";
import { MAX_BODY_BYTES, type Resolved, respond } from "./middleware.ts";
import { malformedAnswer } from "./pages.ts";
import { parseCookies, sessionOf } from "./session.ts";
import { type Url, urls } from "./urls.ts";

/** One request at the instant its head was parsed. */
export interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Django's answer, once the body is there; `failWith` is the status of a view that fails. */
  answer(body: Buffer, failWith?: number): Answer;
}

export interface DjangoOptions {
  site(): Site;
  /** `host:port` for a request without Host, as WSGI's SERVER_NAME. */
  serverName(): string;
  /** Gets every request that is HTTP at all, and answers it when it likes. */
  play(turn: Turn): void;
  /** What a probe is answered. */
  probed(): { readonly inFlight: number; readonly latencyMs: number };
}

declare module "fastify" {
  interface FastifyContextConfig {
    django?: { readonly target: Url; readonly slash: boolean };
  }
}

/** The shop as an HTTP server that is ready to listen: Fastify finds the url, the rest of the answer is Django's and gunicorn's. */
export async function createDjango(options: DjangoOptions): Promise<Server> {
  const server = createServer({
    requireHostHeader: false,
    requestTimeout: 0,
    headersTimeout: 0,
    maxHeaderSize: 65_536,
  });
  const app = fastify({
    serverFactory: (handler) =>
      server.on("request", (request: IncomingMessage, response: ServerResponse) => {
        if (request.url !== PROBE_PATH) handler(request, response);
        else response.end(JSON.stringify(options.probed()));
      }),
    clientErrorHandler: (error, socket) => {
      if (!socket.writable) return;
      socket.end(malformedAnswer(error.rawPacket));
    },
    frameworkErrors: (_error, request, reply) => {
      reply.hijack();
      options.play(turnOf(request, reply.raw, options, { found: "nothing" }));
    },
    return503OnClosing: false,
  });
  // Bodies are read by us: an attempt counts, and its service starts, when the head is there.
  app.removeAllContentTypeParsers();
  app.addHook("onRequest", (request, reply, _done) => {
    reply.hijack();
    options.play(turnOf(request, reply.raw, options, resolve(request)));
  });
  const unreachable = (): never => {
    throw new Error("every request is answered in onRequest");
  };
  for (const target of urls) {
    app.all(target.path, { config: { django: { target, slash: true } } }, unreachable);
    if (target.path === "/") continue;
    app.all(target.path.slice(0, -1), { config: { django: { target, slash: false } } }, unreachable);
  }
  app.setNotFoundHandler(unreachable);
  await app.ready();
  return server;
}

function resolve(request: FastifyRequest): Resolved {
  const django = request.is404 ? undefined : request.routeOptions.config.django;
  if (django === undefined) return { found: "nothing" };
  const { target, slash } = django;
  const part = Object.values(request.params as Record<string, string>)[0];
  if (target.part !== undefined && !target.part.test(part ?? "")) return { found: "nothing" };
  return slash ? { found: "url", url: target } : { found: "without-slash" };
}

function turnOf(
  request: FastifyRequest,
  response: ServerResponse,
  options: DjangoOptions,
  resolved: Resolved,
): Turn {
  return {
    request: request.raw,
    response,
    answer: (body, failWith) =>
      respond(toRequest(request, body, options), resolved, options.site(), failWith),
  };
}

function toRequest(request: FastifyRequest, body: Buffer, options: DjangoOptions): Request {
  const { method = "GET", url = "/", headers } = request.raw;
  const question = url.indexOf("?");
  const cookies = parseCookies(headers.cookie);
  const id = cookies.get("sessionid");
  const session = sessionOf(id, options.site().sessionKey);
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  return {
    method,
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? "" : url.slice(question + 1)),
    search: question < 0 ? "" : url.slice(question),
    params: (request.params ?? {}) as Record<string, string>,
    headers,
    cookies,
    form: new URLSearchParams(isForm && body.length <= MAX_BODY_BYTES ? body.toString("latin1") : ""),
    bodyBytes: body.length,
    host: headers.host ?? options.serverName(),
    session,
    isStale: id !== undefined && id !== "" && session === null,
  };
}
