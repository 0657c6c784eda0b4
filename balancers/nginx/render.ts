import type { BalancerSpec } from "../balancer.ts";
import { isAbsent } from "../membership.ts";
import { NATIVE, PARITY } from "../parity.ts";
import { descriptorsFor } from "../shared/descriptors.ts";
import { honoursWeights } from "../shared/weighted.ts";
import { wholeWeights } from "../shared/weights.ts";
import { nginxLine } from "./algorithms.ts";

/** Where NGINX says what it tried: a FIFO in its own folder that we read. */
export const ATTEMPTS_FIFO = "attempts.fifo";

/** Variables of an attempt line; `parseAttempts` reads them. */
export const ATTEMPTS_FORMAT = "$msec $request_time|$upstream_addr|$upstream_response_time";

/** More than a run can send, in NGINX's own word for a limit that it cannot lift. */
const NO_LIMIT = 1_000_000_000;

const DRAIN_SPARE_MS = 1_000;

/** Main configuration file, paths relative to `spec.directory` (`nginx -p`). */
export function renderNginx(spec: BalancerSpec): string {
  return `${[...mainLines(spec), "", "http {", ...indent(httpLines(spec)), "}"].join("\n")}\n`;
}

/** Top level, also of a user's own configuration. `drainMs`: what is in flight is cut when it lasts longer after a stop or a reload. */
export function processLines(drainMs = 1_000): readonly string[] {
  return [
    "daemon off;",
    "master_process on;",
    "pid nginx.pid;",
    "lock_file nginx.lock;",
    "error_log stderr crit;",
    `worker_shutdown_timeout ${drainMs / 1_000}s;`,
  ];
}

/** Everything NGINX may write stays in its folder. */
export function storageLines(): readonly string[] {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return kinds.map((kind) => `${kind}_temp_path temporary/${kind};`);
}

export function accessLogLines(attempts: boolean): readonly string[] {
  if (!attempts) return ["access_log off;"];
  return [
    `log_format evenkeel_attempts '${ATTEMPTS_FORMAT}';`,
    `access_log ${ATTEMPTS_FIFO} evenkeel_attempts;`,
  ];
}

/** `server HOST:PORT` lines of an upstream block. */
export function serverLines(spec: BalancerSpec): readonly string[] {
  const maxFails = spec.tuning === "native" ? NATIVE.maxFails : PARITY.maxFails;
  const weights = wholeWeights(
    spec.backends.map((backend) => (honoursWeights(spec.algorithm) ? backend.weight : 1)),
    1,
    65_535,
  );
  return spec.backends.flatMap((backend, index) => {
    // Not `down`: hashes would still count it.
    if (isAbsent(spec, backend)) return [];
    const weight = weights[index] === 1 ? "" : ` weight=${weights[index]}`;
    return `server ${backend.host}:${backend.port}${weight} max_fails=${maxFails} fail_timeout=${PARITY.failTimeoutMs / 1_000}s;`;
  });
}

function mainLines(spec: BalancerSpec): readonly string[] {
  return [
    // A reload leaves old workers behind that finish what they have.
    ...processLines(spec.membership === undefined ? undefined : spec.timeouts.readMs + DRAIN_SPARE_MS),
    `worker_processes ${spec.workers};`,
    `worker_rlimit_nofile ${descriptorsFor(spec.maxConnections)};`,
    "",
    "events {",
    `  worker_connections ${descriptorsFor(spec.maxConnections)};`,
    "}",
  ];
}

function httpLines(spec: BalancerSpec): readonly string[] {
  const line = nginxLine(spec.algorithm, spec.hashKey);
  return [
    ...accessLogLines(spec.attempts),
    ...storageLines(),
    "default_type application/octet-stream;",
    "server_tokens off;",
    "tcp_nodelay on;",
    ...clientLines(spec),
    "",
    "upstream backends {",
    ...indent([
      ...(spec.zone ? ["zone backends 512k;"] : []),
      ...(line === null ? [] : [line]),
      ...serverLines(spec),
      `keepalive ${spec.maxConnections};`,
      `keepalive_timeout ${PARITY.upstreamIdleMs}ms;`,
      `keepalive_requests ${NO_LIMIT};`,
    ]),
    "}",
    "",
    "server {",
    ...indent([
      `listen ${spec.listen.host}:${spec.listen.port} backlog=${PARITY.listenBacklog};`,
      "",
      "location / {",
      ...indent(proxyLines(spec)),
      "}",
    ]),
    "}",
  ];
}

function clientLines(spec: BalancerSpec): readonly string[] {
  const buffering = spec.tuning === "native" ? [] : ["proxy_request_buffering off;"];
  return [
    `keepalive_timeout ${PARITY.clientKeepAliveMs}ms;`,
    `keepalive_requests ${NO_LIMIT};`,
    `client_header_timeout ${PARITY.clientHeaderMs}ms;`,
    `client_body_timeout ${PARITY.clientMs}ms;`,
    `send_timeout ${PARITY.clientMs}ms;`,
    `large_client_header_buffers 4 ${PARITY.headBytes / 1_024}k;`,
    "client_max_body_size 0;",
    ...buffering,
  ];
}

function proxyLines(spec: BalancerSpec): readonly string[] {
  const native = spec.tuning === "native";
  return [
    "proxy_pass http://backends;",
    "proxy_http_version 1.1;",
    'proxy_set_header Connection "";',
    // $http_host is what the client sent: the default, $proxy_host, would be the upstream's name, which Django refuses.
    "proxy_set_header Host $http_host;",
    "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    "proxy_set_header X-Forwarded-Proto $scheme;",
    `proxy_connect_timeout ${spec.timeouts.connectMs}ms;`,
    `proxy_read_timeout ${spec.timeouts.readMs}ms;`,
    `proxy_send_timeout ${spec.timeouts.readMs}ms;`,
    `proxy_next_upstream error${native ? " timeout http_502 http_503 http_504" : ""};`,
    `proxy_next_upstream_tries ${PARITY.tries};`,
    "proxy_ignore_client_abort off;",
    `proxy_buffer_size ${PARITY.headBytes / 1_024}k;`,
    "proxy_buffers 16 16k;",
    "proxy_busy_buffers_size 32k;",
    "proxy_max_temp_file_size 0;",
  ];
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}
