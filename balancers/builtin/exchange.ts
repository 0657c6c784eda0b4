import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher as Upstream } from "undici";
import type { BackendIndex, RequestView } from "../algorithm.ts";
import type { AttemptEnd } from "../dispatcher.ts";
import { mayHedge } from "../overlays/hedging.ts";
import type { Pipeline } from "../pipeline.ts";
import { answerFor, NO_BACKEND, respond } from "./answers.ts";
import { type ForwardEnd, type ForwardFailure, forward } from "./forward.ts";
import { clientAddress, requestHeaders } from "./headers.ts";
import type { ProxyBackend, ProxyOptions } from "./options.ts";
import { mayRetry } from "./retry.ts";
import type { Target } from "./target.ts";

/** What the exchanges of one proxy have in common. */
export interface ExchangeContext {
  readonly options: ProxyOptions;
  readonly pipeline: Pipeline;
  /** One per backend. */
  readonly upstreams: readonly Upstream[];
  /** Hears of every attempt when it starts. */
  attempted(backend: BackendIndex): void;
}

/** An attempt under way; `cancel` ends it without an answer. */
interface Running {
  cancel(reason: "client-gone" | "outrun"): void;
}

/** Brings one request to as many backends as it takes, and exactly one answer to its client. */
export function exchange(
  { options, pipeline, upstreams, attempted }: ExchangeContext,
  request: IncomingMessage,
  reply: ServerResponse,
  target: Target,
): void {
  const { dispatcher, budget, hedging } = pipeline;
  const { backends, retry, via } = options;
  const limits = { ...options.timeouts, via };
  const method = request.method ?? "GET";
  const body = hasBody(request) ? request : null;
  const view = viewOf(request, target.path);
  const tried: BackendIndex[] = [];
  const running = new Set<Running>();
  let hedges = 0;
  let hedgeTimer: NodeJS.Timeout | undefined;

  /** False when no backend is left. */
  const send = (): boolean => {
    const sent = dispatcher.start(view, performance.now(), tried);
    if (sent === null) return false;
    const { backend, startedAt } = sent;
    const isFirst = tried.length === 0;
    tried.push(backend);
    attempted(backend);
    const attempt: Running = { cancel: () => undefined };
    running.add(attempt);
    const headers = requestHeaders(request, backends[backend] as ProxyBackend, options, target.host);
    attempt.cancel = forward(
      upstreams[backend]!,
      { method, path: target.path, headers, body },
      reply,
      limits,
      {
        answering() {
          clearTimeout(hedgeTimer);
          if (isFirst) hedging?.observe(performance.now() - startedAt);
          for (const other of running) if (other !== attempt) other.cancel("outrun");
        },
        done(end) {
          running.delete(attempt);
          const now = performance.now();
          dispatcher.settle(sent, attemptEnd(end), now);
          if (end.type === "complete") return;
          if (end.reason === "outrun") {
            if (isFirst) hedging?.observe(now - startedAt);
          } else if (running.size === 0) goOn(end);
        },
      },
    );
    return true;
  };
  /** No attempt is left that could still be answered. */
  const goOn = (failure: ForwardFailure): void => {
    clearTimeout(hedgeTimer);
    const again = tried.length - hedges < retry.tries && mayRetry(failure, method, body !== null);
    if (!(again && budget.withdraw(performance.now()) && send())) conclude(request, reply, failure);
  };
  const hedge = (): void => {
    if (running.size === 0 || hedging?.withdraw(performance.now()) !== true) return;
    if (send()) hedges += 1;
  };

  reply.once("close", () => {
    clearTimeout(hedgeTimer);
    for (const attempt of running) attempt.cancel("client-gone");
  });
  budget.deposit(performance.now());
  hedging?.deposit(performance.now());
  if (!send()) respond(reply, NO_BACKEND);
  else if (
    hedging !== null &&
    hedging.delayMs !== null &&
    running.size > 0 &&
    mayHedge(method, body !== null)
  )
    hedgeTimer = setTimeout(hedge, hedging.delayMs);
}

function attemptEnd(end: ForwardEnd): AttemptEnd {
  if (end.type === "complete") return end.status >= 500 ? "errored" : "answered";
  const isBackends = !["client-silent", "client-gone", "outrun", "unforwardable"].includes(end.reason);
  return isBackends ? "failed" : "abandoned";
}

/** Tells the client how it ended; a response that is cut is not ended as if it were whole. */
function conclude(request: IncomingMessage, reply: ServerResponse, failure: ForwardFailure): void {
  if (failure.reason === "client-gone") return;
  if (failure.stage !== "responding") respond(reply, answerFor(failure));
  // To a client of HTTP/1.0 the end of the connection is the end of the body, so it has to be a reset.
  else if (request.httpVersion === "1.0") reply.socket?.resetAndDestroy();
  else reply.destroy();
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers["content-length"];
  return request.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

function viewOf(request: IncomingMessage, path: string): RequestView {
  return {
    clientAddress: clientAddress(request),
    path,
    header(name) {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
  };
}
