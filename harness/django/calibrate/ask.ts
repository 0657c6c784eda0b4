import { request } from "node:http";
import { HEADER_TIMES } from "../../../backends/protocol.ts";
import type { Asked } from "./views.ts";

/** One answer, and what its request had of the processor; microseconds. */
export interface Answer {
  readonly status: number;
  readonly bytes: number;
  readonly cookies: ReadonlyMap<string, string>;
  /** From the first line of Django to its last. */
  readonly serviceUs: number;
  /** CPU time of its thread in there. */
  readonly cpuUs: number;
  /** Of the time in there, what it waited for a core. */
  readonly delayUs: number;
  /** CPU time of the worker so far. */
  readonly clockUs: number;
}

export interface Server {
  readonly host: string;
  readonly port: number;
  /** Host header. */
  readonly name: string;
}

/** Any well-formed pair of cookie and header passes Django's check. */
const CSRF = "evenkeelevenkeelevenkeelevenkeel";
const TIMEOUT_MS = 30_000;

/** One request on a connection of its own, as a sync worker has it anyway. Rejects when there is no answer. */
export function ask(
  server: Server,
  { method, target, form, session }: Asked,
  sessionId: string,
): Promise<Answer> {
  const cookies = [`csrftoken=${CSRF}`, ...(session === true ? [`sessionid=${sessionId}`] : [])];
  const body = form ?? "";
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: server.host,
        port: server.port,
        method,
        path: target,
        agent: false,
        timeout: TIMEOUT_MS,
        headers: {
          host: server.name,
          cookie: cookies.join("; "),
          ...(method === "POST"
            ? {
                "x-csrftoken": CSRF,
                "content-type": "application/x-www-form-urlencoded",
                "content-length": body.length,
              }
            : {}),
        },
      },
      (response) => {
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
        });
        response.on("error", reject);
        response.on("end", () => {
          const times = timesIn(String(response.headers[HEADER_TIMES] ?? ""));
          resolve({
            status: response.statusCode ?? 0,
            bytes,
            cookies: cookiesIn(response.headers["set-cookie"] ?? []),
            serviceUs: times.get("service") ?? Number.NaN,
            cpuUs: times.get("cpu") ?? Number.NaN,
            delayUs: times.get("delay") ?? Number.NaN,
            clockUs: times.get("clock") ?? Number.NaN,
          });
        });
      },
    );
    outgoing.on("timeout", () =>
      outgoing.destroy(new Error(`no answer to ${method} ${target} within ${TIMEOUT_MS / 1_000} s`)),
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** `service=20133;cpu=18400`. */
function timesIn(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split(";").map((part) => {
      const [name = "", value = ""] = part.split("=");
      return [name, Number(value)] as const;
    }),
  );
}

function cookiesIn(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.map((line) => {
      const pair = line.split(";", 1)[0] as string;
      const equals = pair.indexOf("=");
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    }),
  );
}
