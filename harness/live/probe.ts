import { type ClientRequest, request } from "node:http";
import { HEADER_BACKEND, HEADER_DEMAND_US } from "../../backends/protocol.ts";

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  readonly hostHeader: string;
  /** Default `/`: what a probe asks for. */
  readonly path?: string;
}

export interface ProbeAnswer {
  readonly status: number;
  /** Id of the backend that answered, 0 when none said so. */
  readonly backend: number;
  /** `name=value` of each cookie that was set. */
  readonly cookies: readonly string[];
}

const TIMEOUT_MS = 5_000;

function send(target: ProbeTarget, client: string, options: ProbeOptions): ClientRequest {
  const { demandMs = 0, cookie, query = "", headers = {} } = options;
  return request({
    host: target.host,
    port: target.port,
    localAddress: client,
    path: `${target.path ?? "/"}${query}`,
    agent: false,
    headers: {
      ...headers,
      host: target.hostHeader,
      [HEADER_DEMAND_US]: demandMs * 1_000,
      ...(cookie === undefined ? {} : { cookie }),
    },
    timeout: TIMEOUT_MS,
  });
}

export interface ProbeOptions {
  readonly demandMs?: number;
  readonly cookie?: string;
  /** Behind the path: `?a=b`. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** One request on a connection of its own; carries no number and counts nowhere. */
export function probe(target: ProbeTarget, client: string, options: ProbeOptions = {}): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = send(target, client, options);
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
    outgoing.on("error", reject);
    options.signal?.addEventListener("abort", () => outgoing.destroy(new Error("let go")), { once: true });
    outgoing.on("response", (response) => {
      response.resume();
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          backend: Number(response.headers[HEADER_BACKEND] ?? 0),
          cookies: (response.headers["set-cookie"] ?? []).map((set) => set.split(";", 1)[0] as string),
        }),
      );
    });
    outgoing.end();
  });
}

/** A request that keeps one backend busy until it is let go. */
export function hold(target: ProbeTarget, client: string, demandMs: number): { release(): void } {
  const outgoing = send(target, client, { demandMs });
  // Let go, it ends in an error by design.
  outgoing.on("error", () => undefined);
  outgoing.end();
  return { release: () => outgoing.destroy() };
}

/** Address of probe client `i`: in a /24 of its own (NGINX's ip_hash looks at three octets), apart from the load's clients. */
export function probeAddress(i: number): string {
  return `127.${200 + Math.floor(i / 250)}.${(i % 250) + 1}.1`;
}
