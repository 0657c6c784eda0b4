import { get } from "node:http";
import type { BackendIndex } from "../algorithm.ts";
import type { Dispatcher } from "../dispatcher.ts";
import type { HealthRule, ProxyBackend } from "./options.ts";

/**
 * Active checks: a backend leaves after `fall` failed probes in a row and joins after `rise` passed ones. A status below 400 passes.
 * Returns what stops them.
 */
export function checkHealth(
  backends: readonly ProxyBackend[],
  rule: HealthRule,
  dispatcher: Dispatcher,
): () => void {
  const stops = backends.map((backend, index) => checkOne(backend, index, rule, dispatcher));
  return () => {
    for (const stop of stops) stop();
  };
}

function checkOne(
  backend: ProxyBackend,
  index: BackendIndex,
  rule: HealthRule,
  dispatcher: Dispatcher,
): () => void {
  let isUp = true;
  let against = 0;
  let isProbing = false;
  const judge = (passed: boolean): void => {
    isProbing = false;
    against = passed === isUp ? 0 : against + 1;
    if (against < (isUp ? rule.fall : rule.rise)) return;
    against = 0;
    isUp = !isUp;
    if (isUp) dispatcher.join(index, performance.now());
    else dispatcher.leave(index, performance.now());
  };
  const look = (): void => {
    // A probe may last longer than the interval; two at once would count one failure twice.
    if (isProbing) return;
    isProbing = true;
    probe(backend, rule, judge);
  };
  const timer = setInterval(look, rule.intervalMs);
  look();
  return () => clearInterval(timer);
}

function probe(backend: ProxyBackend, rule: HealthRule, done: (passed: boolean) => void): void {
  let isDone = false;
  const finish = (passed: boolean): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    done(passed);
    request.destroy();
  };
  const request = get({
    host: backend.host,
    port: backend.port,
    path: rule.path,
    headers: { host: rule.host },
    agent: false,
  });
  const timer = setTimeout(() => finish(false), rule.timeoutMs);
  request.on("response", (response) => {
    response.on("error", () => finish(false));
    finish((response.statusCode ?? 500) < 400);
  });
  request.on("error", () => finish(false));
}
