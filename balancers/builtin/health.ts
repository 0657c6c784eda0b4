import { get } from "node:http";
import type { BackendIndex } from "../algorithm.ts";
import type { Dispatcher } from "../dispatcher.ts";
import { createHealthJudge, HEALTHY_BELOW } from "../health-judge.ts";
import type { HealthRule, ProxyBackend } from "./options.ts";

/** Active checks; returns what stops them. */
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
  const judge = createHealthJudge(rule);
  let isProbing = false;
  const follow = (passed: boolean): void => {
    isProbing = false;
    const verdict = judge(passed);
    if (verdict === "joins") dispatcher.join(index, performance.now());
    if (verdict === "leaves") dispatcher.leave(index, performance.now());
  };
  const look = (): void => {
    // A probe may last longer than the interval; two at once would count one failure twice.
    if (isProbing) return;
    isProbing = true;
    probe(backend, rule, follow);
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
    finish((response.statusCode ?? 500) < HEALTHY_BELOW);
  });
  request.on("error", () => finish(false));
}
