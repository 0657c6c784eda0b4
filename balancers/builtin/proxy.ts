import type { IncomingMessage, ServerResponse } from "node:http";
import type { Algorithm, BackendIndex, RequestView } from "../algorithm.ts";
import { type AttemptEnd, createDispatcher, type Dispatcher } from "../dispatcher.ts";
import { createRetryBudget } from "../retry-budget.ts";
import { sessionOf, sessionValue } from "../session-cookie.ts";
import { answerFor, NO_BACKEND, respond } from "./answers.ts";
import { type ForwardEnd, type ForwardFailure, forward } from "./forward.ts";
import { clientAddress, requestHeaders } from "./headers.ts";
import type { ProxyBackend, ProxyOptions } from "./options.ts";
import { createProber } from "./prober.ts";
import { mayRetry } from "./retry.ts";
import { readTarget } from "./target.ts";
import { createUpstream } from "./upstream.ts";

export interface Proxy {
  readonly dispatcher: Dispatcher;
  handle(request: IncomingMessage, reply: ServerResponse): void;
}

/** One process's proxy; `attempted` hears of every attempt when it starts, `cookie` names the algorithm's session cookie. */
export function createProxy(
  options: ProxyOptions,
  algorithm: Algorithm,
  attempted: (backend: BackendIndex) => void,
  cookie: string | null = null,
): Proxy {
  const { backends, retry, ejection, via } = options;
  const dispatcher = createDispatcher({
    algorithm,
    weights: backends.map((backend) => backend.weight),
    ejection,
    ...(algorithm.probes === undefined ? {} : { probe: createProber(backends) }),
    now: performance.now(),
  });
  const budget = createRetryBudget(retry.budget);
  const upstreams = backends.map((backend) => createUpstream(backend, options));
  const limits = { ...options.timeouts, via };
  const hop = { ...options, cookie };

  const handle = (request: IncomingMessage, reply: ServerResponse): void => {
    const target = readTarget(request);
    if (target.refusal !== null) {
      respond(reply, target.refusal);
      return;
    }
    const method = request.method ?? "GET";
    const body = hasBody(request) ? request : null;
    const view = viewOf(request, target.path);
    const tried: BackendIndex[] = [];
    let cancel = (): void => undefined;

    const attempt = (before: ForwardFailure | null): void => {
      const sent = orEnd(() => dispatcher.start(view, performance.now(), tried));
      if (sent === null) {
        conclude(request, reply, before);
        return;
      }
      const { backend } = sent;
      tried.push(backend);
      attempted(backend);
      let hasEnded = false;
      const headers = requestHeaders(request, backends[backend] as ProxyBackend, hop, target.host);
      const abort = forward(
        upstreams[backend]!,
        { method, path: target.path, headers, body },
        reply,
        { ...limits, added: cookie === null ? NOTHING : sessionHeaders(view, cookie, backend) },
        (end) => {
          hasEnded = true;
          orEnd(() => dispatcher.settle(sent, attemptEnd(end), performance.now()));
          if (end.type === "complete") return;
          const again = tried.length < retry.tries && mayRetry(end, method, body !== null);
          if (again && budget.withdraw(performance.now())) attempt(end);
          else conclude(request, reply, end);
        },
      );
      if (!hasEnded) cancel = abort;
    };

    reply.once("close", () => cancel());
    budget.deposit(performance.now());
    attempt(null);
  };
  return { dispatcher, handle };
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
  const isBackends = !["client-silent", "client-gone", "unforwardable"].includes(end.reason);
  return isBackends ? "failed" : "abandoned";
}

/** Tells the client how it ended; a response that is cut is not ended as if it were whole. */
function conclude(request: IncomingMessage, reply: ServerResponse, failure: ForwardFailure | null): void {
  if (failure === null) respond(reply, NO_BACKEND);
  else if (failure.reason === "client-gone") return;
  else if (failure.stage !== "responding") respond(reply, answerFor(failure));
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
