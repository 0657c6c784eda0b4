import type { BalancerSpec } from "../balancer.ts";
import { isAbsent } from "../membership.ts";
import { IDEMPOTENT_METHODS, NATIVE, PARITY } from "../parity.ts";
import { honoursWeights } from "../shared/weighted.ts";
import { wholeWeights } from "../shared/weights.ts";
import { haproxyHasCookie, haproxyLines } from "./algorithms.ts";

/** Runtime socket, in HAProxy's own folder: its configuration is relative because a socket's path holds at most 107 bytes. */
export const RUNTIME_SOCKET = "runtime.sock";

/**
 * HAProxy's largest weight, used up as far as the ratio allows: its ring has 16 points per unit. Of 30,000 requests over three equal
 * servers `random(1)` gave them 0.963, 1.039 and 0.998 of their share with weight 100, and 0.997, 1.010 and 0.993 with 256.
 */
const LARGEST_WEIGHT = 256;

/** Configuration file, paths relative to `spec.directory` (the working directory). */
export function renderHaproxy(spec: BalancerSpec): string {
  const sections = [
    ["global", ...globalLines(spec)],
    ["defaults", ...defaultLines(spec)],
    [
      "frontend clients",
      `bind ${spec.listen.host}:${spec.listen.port} backlog ${PARITY.listenBacklog}`,
      `maxconn ${spec.maxConnections}`,
      "http-request set-header X-Forwarded-Proto http",
      "default_backend backends",
    ],
    ["backend backends", ...backendLines(spec)],
  ];
  return `${sections.map(([head, ...lines]) => [head, ...lines.map((line) => `  ${line}`)].join("\n")).join("\n\n")}\n`;
}

/** Global section, also of a user's own configuration. */
export function globalLines(spec: BalancerSpec): readonly string[] {
  return [
    `nbthread ${spec.workers}`,
    `maxconn ${spec.maxConnections}`,
    // To change servers takes more rights than to read counts.
    `stats socket unix@${RUNTIME_SOCKET} mode 600 level ${spec.membership === undefined ? "operator" : "admin"}`,
    // Two of ours on one port must fail, not share it.
    "noreuseport",
    "hard-stop-after 1s",
  ];
}

/** `server` lines of the backend section. */
export function serverLines(spec: BalancerSpec): readonly string[] {
  const whole = serverWeights(spec);
  return spec.backends.map((backend, index) => {
    const cookie = haproxyHasCookie(spec.algorithm) ? ` cookie backend-${backend.id}` : "";
    return `server backend-${backend.id} ${backend.host}:${backend.port} weight ${whole[index]}${cookie}${isAbsent(spec, backend) ? " disabled" : ""}`;
  });
}

/** What HAProxy is told of each backend's weight. */
export function serverWeights(spec: BalancerSpec): readonly number[] {
  const weights = spec.backends.map((backend) => (honoursWeights(spec.algorithm) ? backend.weight : 1));
  return wholeWeights(weights, LARGEST_WEIGHT, LARGEST_WEIGHT);
}

function defaultLines(spec: BalancerSpec): readonly string[] {
  return [
    "mode http",
    "option http-keep-alive",
    "option forwardfor",
    "option abortonclose",
    `retries ${PARITY.tries - 1}`,
    "option redispatch 1",
    `retry-on conn-failure empty-response${spec.tuning === "native" ? " response-timeout 502 503 504" : ""}`,
    `timeout connect ${spec.timeouts.connectMs}`,
    `timeout server ${spec.timeouts.readMs}`,
    `timeout queue ${spec.timeouts.readMs}`,
    `timeout client ${PARITY.clientMs}`,
    `timeout http-request ${PARITY.clientHeaderMs}`,
    `timeout http-keep-alive ${PARITY.clientKeepAliveMs}`,
    `timeout check ${spec.tuning === "native" ? NATIVE.health.timeoutMs : spec.timeouts.connectMs}`,
  ];
}

function backendLines(spec: BalancerSpec): readonly string[] {
  const native = spec.tuning === "native";
  return [
    ...haproxyLines(spec.algorithm, spec.hashKey),
    `http-request disable-l7-retry unless { method ${IDEMPOTENT_METHODS.join(" ")} }`,
    `http-reuse ${native ? "safe" : "always"}`,
    ...(native ? healthLines(spec.healthHost) : []),
    `default-server pool-purge-delay ${PARITY.upstreamIdleMs}ms ${native ? nativeServer() : parityServer()}`,
    ...serverLines(spec),
  ];
}

/**
 * HAProxy takes a server out after a failed connection only when it also checks it, and only a check brings it back. So: no check
 * while a server is up (a day), one failure takes it out, and the check that returns it is a TCP connection.
 */
function parityServer(): string {
  const retry = `${PARITY.failTimeoutMs}ms`;
  return `check inter 24h fastinter ${retry} downinter ${retry} rise 1 fall 1 observe layer4 error-limit ${PARITY.maxFails} on-error mark-down`;
}

function nativeServer(): string {
  const { intervalMs, rise, fall } = NATIVE.health;
  return `check inter ${intervalMs}ms rise ${rise} fall ${fall} slowstart ${NATIVE.slowStartMs}ms observe layer7`;
}

function healthLines(host: string): readonly string[] {
  return [
    "option httpchk",
    `http-check send meth GET uri ${NATIVE.health.path} ver HTTP/1.1 hdr Host ${host}`,
    "http-check expect status 200-399",
  ];
}
