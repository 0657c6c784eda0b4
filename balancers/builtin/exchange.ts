import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher as Upstream } from "undici";
import type { Millis } from "#kernel/units.ts";
import type { BackendIndex, RequestView } from "../algorithm.ts";
import type { AttemptEnd } from "../dispatcher.ts";
import { mayHedge } from "../overlays/hedging.ts";
import type { Pipeline } from "../pipeline.ts";
import { sessionOf, sessionValue } from "../session-cookie.ts";
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
  /** Name of the algorithm's session cookie. */
  readonly cookie: string | null;
  /** Hears of every attempt when it starts, and whether its request had one before. */
  attempted(backend: BackendIndex, again: boolean): void;
}

/** A request and where it was. */
interface Call {
  readonly request: IncomingMessage;
  readonly reply: ServerResponse;
  readonly target: Target;
  readonly method: string;
  readonly body: IncomingMessage | null;
  readonly view: RequestView;
  readonly tried: BackendIndex[];
}

/** An attempt under way. */
interface Running {
  readonly isFirst: boolean;
  readonly startedAt: Millis;
  /** Ends it without an answer. */
  cancel(reason: "client-gone" | "outrun"): void;
}

interface Listener {
  started(attempt: Running): void;
  /** Its answer is about to go to the client. */
  answering(attempt: Running): void;
  ended(attempt: Running, end: ForwardEnd): void;
}

/** Brings one request to as many backends as it takes, and exactly one answer to its client. */
export function exchange(
  context: ExchangeContext,
  request: IncomingMessage,
  reply: ServerResponse,
  target: Target,
): void {
  const { budget, hedging } = context.pipeline;
  const { tries } = context.options.retry;
  const call = callOf(request, reply, target);
  const { method, tried } = call;
  const hasBody = call.body !== null;
  const running = new Set<Running>();
  let hedges = 0;
  let hedgeTimer: NodeJS.Timeout | undefined;

  const observe = ({ isFirst, startedAt }: Running): void => {
    if (isFirst) hedging?.observe(performance.now() - startedAt);
  };
  /** No attempt is left that could still be answered. */
  const goOn = (failure: ForwardFailure): void => {
    clearTimeout(hedgeTimer);
    const again = tried.length - hedges < tries && mayRetry(failure, method, hasBody);
    if (!(again && budget.withdraw(performance.now()) && send())) conclude(request, reply, failure);
  };
  const listener: Listener = {
    started: (attempt) => running.add(attempt),
    answering(attempt) {
      clearTimeout(hedgeTimer);
      observe(attempt);
      for (const other of running) if (other !== attempt) other.cancel("outrun");
    },
    ended(attempt, end) {
      running.delete(attempt);
      if (end.type === "complete") return;
      if (end.reason === "outrun") observe(attempt);
      else if (running.size === 0) goOn(end);
    },
  };
  const send = (): boolean => startAttempt(context, call, listener);
  const hedge = (): void => {
    if (running.size > 0 && hedging?.withdraw(performance.now()) && send()) hedges += 1;
  };

  reply.once("close", () => {
    clearTimeout(hedgeTimer);
    for (const attempt of running) attempt.cancel("client-gone");
  });
  budget.deposit(performance.now());
  hedging?.deposit(performance.now());
  if (!send()) respond(reply, NO_BACKEND);
  else if (hedging !== null && hedging.delayMs !== null && running.size > 0 && mayHedge(method, hasBody))
    hedgeTimer = setTimeout(hedge, hedging.delayMs);
}

/** Sends the request where it has not been; false when no backend is left. */
function startAttempt(
  { options, pipeline, upstreams, cookie, attempted }: ExchangeContext,
  { request, reply, target, method, body, view, tried }: Call,
  listener: Listener,
): boolean {
  const { dispatcher } = pipeline;
  const { backends, timeouts, via } = options;
  const sent = orEnd(() => dispatcher.start(view, performance.now(), tried));
  if (sent === null) return false;
  const { backend, startedAt } = sent;
  const attempt: Running = { isFirst: tried.length === 0, startedAt, cancel: () => undefined };
  tried.push(backend);
  attempted(backend, !attempt.isFirst);
  listener.started(attempt);
  const hop = { ...options, cookie };
  const headers = requestHeaders(request, backends[backend] as ProxyBackend, hop, target.host);
  attempt.cancel = forward(
    upstreams[backend]!,
    { method, path: target.path, headers, body },
    reply,
    { ...timeouts, via, added: cookie === null ? NOTHING : sessionHeaders(view, cookie, backend) },
    {
      answering: () => listener.answering(attempt),
      done(end) {
        orEnd(() => dispatcher.settle(sent, attemptEnd(end), performance.now()));
        listener.ended(attempt, end);
      },
    },
  );
  return true;
}

function callOf(request: IncomingMessage, reply: ServerResponse, target: Target): Call {
  const body = hasContent(request) ? request : null;
  const view = viewOf(request, target.path);
  return { request, reply, target, method: request.method ?? "GET", body, view, tried: [] };
}

/** What an algorithm throws has to end the process: undici, which calls some of this, would swallow it. */
function orEnd<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
    throw error;
  }
}

const NOTHING: readonly string[] = [];

/** Nothing for a client whose cookie says this backend already; a shared cache must not hand the cookie to others. */
function sessionHeaders(view: RequestView, cookie: string, backend: BackendIndex): readonly string[] {
  if (sessionOf(view.header("cookie"), cookie) === backend) return NOTHING;
  return ["Set-Cookie", `${cookie}=${sessionValue(backend)}; path=/`, "Cache-Control", "private"];
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
  else breakOff(reply);
}

/** With the head, so that the client sees an answer that was cut: of a kept connection that ends without a byte it would think that nobody had read its request. */
function breakOff(reply: ServerResponse): void {
  const { socket } = reply;
  reply.flushHeaders();
  if (socket === null) reply.destroy();
  else socket.destroySoon();
}

function hasContent(request: IncomingMessage): boolean {
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
