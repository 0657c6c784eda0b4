import { Agent, get } from "node:http";
import { PROBE_PATH } from "../../backends/protocol.ts";
import type { ProbeAnswer } from "../algorithm.ts";
import type { Probe } from "../asking.ts";
import type { ProxyBackend } from "./options.ts";

/** A probe that is not answered in this time has nothing to say any more. */
const PATIENCE_MS = 1_000;
const MOST_BYTES = 1_024;

/** Asks backends for their requests in flight and their latency, on connections of its own. A probe that fails says nothing. */
export function createProber(backends: readonly ProxyBackend[]): Probe {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 2 });
  const asked = new Set<number>();
  return (backend, _now, answer) => {
    // Who is silent is asked once, not once a request.
    if (asked.has(backend)) return;
    asked.add(backend);
    const { host, port } = backends[backend] as ProxyBackend;
    const request = get({ host, port, path: PROBE_PATH, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("error", () => undefined);
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > MOST_BYTES) request.destroy();
      });
      response.on("end", () => {
        const isAnswer = response.statusCode === 200 && text.length <= MOST_BYTES;
        const said = isAnswer ? readAnswer(text) : null;
        if (said !== null) answer(said, performance.now());
      });
    });
    // One that cannot be reached is found out by the requests that it gets.
    request.on("error", () => undefined);
    const timer = setTimeout(() => request.destroy(), PATIENCE_MS);
    request.on("close", () => {
      clearTimeout(timer);
      asked.delete(backend);
    });
  };
}

/** Null for what is no answer of ours: another server has a page of its own there. */
function readAnswer(text: string): ProbeAnswer | null {
  try {
    const { inFlight, latencyMs } = JSON.parse(text) as Partial<ProbeAnswer>;
    const isAnswer = Number.isInteger(inFlight) && Number(inFlight) >= 0 && Number.isFinite(latencyMs);
    return isAnswer ? { inFlight: Number(inFlight), latencyMs: Number(latencyMs) } : null;
  } catch {
    return null;
  }
}
