import { BalancerError, type BalancerSpec } from "../balancer.ts";
import type { OwnConfig } from "../shared/own-config.ts";
import { type Directive, directive } from "./config-text.ts";

/** Every `listen` of the one port that the configuration serves becomes ours; throws BalancerError when there are several ports. */
export function mapListen(
  directives: readonly Directive[],
  own: OwnConfig,
  spec: BalancerSpec,
): readonly Directive[] {
  const servers = directives
    .filter(({ name }) => name === "http")
    .flatMap(({ block }) => (block ?? []).filter(isServer));
  if (servers.length === 0) {
    throw new BalancerError(
      `${own.path}: has no server block; one must listen and proxy_pass to the backends`,
      "",
    );
  }
  const ports = new Set(servers.flatMap((server) => listensOf(server).map(portOf)));
  if (ports.size > 1) {
    const listed = [...ports].sort((a, b) => a - b).join(", ");
    throw new BalancerError(
      `${own.path}: listens on several ports (${listed}); write {{listen}} at the one to test and {{backend N}} or {{backends}} at its servers`,
      "",
    );
  }
  return directives.map((entry) =>
    entry.name === "http"
      ? {
          ...entry,
          block: (entry.block ?? []).map((child) => (isServer(child) ? withOurs(child, spec) : child)),
        }
      : entry,
  );
}

function withOurs(server: Directive, spec: BalancerSpec): Directive {
  // Parameters such as default_server stay; `listen 80` beside `listen [::]:80` is one address of ours.
  const [first] = listensOf(server);
  const parameters =
    first?.args.slice(1).filter((parameter) => !/^(ipv6only|reuseport)/.test(parameter)) ?? [];
  const ours = directive(`listen ${[`${spec.listen.host}:${spec.listen.port}`, ...parameters].join(" ")};`);
  return { ...server, block: [ours, ...(server.block ?? []).filter(({ name }) => name !== "listen")] };
}

function isServer(entry: Directive): boolean {
  return entry.name === "server" && entry.block !== null;
}

function listensOf(server: Directive): readonly Directive[] {
  const found = (server.block ?? []).filter(({ name }) => name === "listen");
  return found.length > 0 ? found : [directive("listen 80;")];
}

/** Port of `80`, `*:80`, `[::]:80` or `127.0.0.1`, which means 80. */
function portOf({ args: [address = ""] }: Directive): number {
  return Number(/(?:^|:)(\d+)$/.exec(address)?.[1] ?? 80);
}
