import type { IncomingMessage, ServerResponse } from "node:http";
import type { Rng } from "#kernel/rng.ts";
import type { AlgorithmDefinition, BackendIndex } from "../algorithm.ts";
import type { Dispatcher } from "../dispatcher.ts";
import type { ConcurrencyLimit } from "../overlays/concurrency-limit.ts";
import { createPipeline } from "../pipeline.ts";
import { OVER_LIMIT, respond } from "./answers.ts";
import { exchange } from "./exchange.ts";
import type { ProxyOptions } from "./options.ts";
import { createProber } from "./prober.ts";
import { readTarget } from "./target.ts";
import { createUpstream } from "./upstream.ts";

export interface Proxy {
  readonly dispatcher: Dispatcher;
  handle(request: IncomingMessage, reply: ServerResponse): void;
}

/** What tells this process's proxy from its siblings. */
export interface Place {
  /** From 0. */
  readonly instance: number;
  /** Of the algorithm. */
  readonly rng: Rng;
}

/** One process's proxy; `attempted` hears of every attempt when it starts. */
export function createProxy(
  options: ProxyOptions,
  definition: Pick<AlgorithmDefinition, "create" | "family" | "weighted" | "cookie">,
  { instance, rng }: Place,
  attempted: (backend: BackendIndex, again: boolean) => void,
): Proxy {
  const { hashKey, backends, retry, ejection, overlays = {}, seed } = options;
  const pipeline = createPipeline({
    definition,
    rng,
    hashKey,
    backends,
    ejection,
    budget: retry.budget,
    overlays,
    seed,
    instance,
    probe: createProber(backends),
    now: performance.now(),
  });
  const upstreams = backends.map((backend) => createUpstream(backend, options));
  const context = { options, pipeline, upstreams, attempted, cookie: definition.cookie ?? null };
  const { dispatcher, limit } = pipeline;

  const handle = (request: IncomingMessage, reply: ServerResponse): void => {
    const target = readTarget(request);
    if (target.refusal !== null) respond(reply, target.refusal);
    else if (limit !== null && !admit(limit, reply)) respond(reply, OVER_LIMIT);
    else exchange(context, request, reply, target);
  };
  return { dispatcher, handle };
}

/** False when the limit is reached; else the request counts until its reply is closed. */
function admit(limit: ConcurrencyLimit, reply: ServerResponse): boolean {
  const ticket = limit.enter();
  if (ticket === null) return false;
  const from = performance.now();
  reply.once("close", () => {
    // An error, ours or a backend's, may come at once: it says nothing about the queues.
    const isAnswer = reply.writableFinished && reply.statusCode < 500;
    limit.leave(ticket, isAnswer ? performance.now() - from : null);
  });
  return true;
}
