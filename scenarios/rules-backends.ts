/** Rules about what the backends of a scenario are told together. */
import { createDemand } from "#kernel/demand.ts";
import type { Finding } from "./problem.ts";
import { requestsOf } from "./requests.ts";
import type { Scenario } from "./scenario.ts";

type Rule = (scenario: Scenario) => readonly Finding[];

/** A key that the worker class ignores would be believed to do something. */
const keysFitMode: Rule = ({ backends }) => {
  const { mode, threads, workerConnections, timeout, gil } = backends;
  const found: Finding[] = [];
  const refuse = (key: string, message: string): void =>
    void found.push({ path: ["backends", key], message });
  if (mode === "sync" && threads > 1)
    refuse("threads", "gunicorn turns sync with threads into gthread: say mode: gthread, or threads: 1");
  if (mode === "async" && threads > 1)
    refuse("threads", "an event loop has no threads: its requests wait side by side; leave threads out");
  if (mode === "sync" && workerConnections !== undefined)
    refuse(
      "workerConnections",
      "a sync worker takes one connection at a time: say mode: gthread or mode: async",
    );
  if (mode === "gthread" && timeout !== undefined)
    refuse(
      "timeout",
      "gunicorn never kills a gthread worker for a slow request: its main thread tells that it lives",
    );
  if (gil !== undefined && (mode !== "gthread" || threads === 1))
    refuse("gil", "only threads compete for the interpreter lock: say mode: gthread and threads above 1");
  return found;
};

/** Half of a setting does nothing. */
const settingsAreWhole: Rule = (scenario) => {
  const { maxRequests, maxRequestsJitter, database } = scenario.backends;
  const found: Finding[] = [];
  if (maxRequestsJitter > 0 && maxRequests === undefined)
    found.push({
      path: ["backends", "maxRequestsJitter"],
      message: "comes on top of maxRequests, which is missing",
    });
  const hasIo = requestsOf(scenario).some(({ service }) => createDemand(service).mean.ioMs > 0);
  if (database !== undefined && !hasIo)
    found.push({
      path: ["backends", "database"],
      message:
        "no request ever takes a connection, because none has io: give a service as { cpu, io } or { total, ioShare }",
    });
  return found;
};

export const backendRules: readonly Rule[] = [keysFitMode, settingsAreWhole];
