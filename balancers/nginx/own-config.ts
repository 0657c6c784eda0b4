import { dirname, isAbsolute, join } from "node:path";
import { BalancerError, type BalancerSpec } from "../balancer.ts";
import { descriptorsFor } from "../shared/descriptors.ts";
import { fillPlaceholders, hasPlaceholders, mapAddresses, type OwnConfig } from "../shared/own-config.ts";
import { ConfigSyntaxError, type Directive, directive, parseConfig, printConfig } from "./config-text.ts";
import { mapListen } from "./own-listen.ts";
import { accessLogLines, processLines, serverLines, storageLines } from "./render.ts";

/** Ours alone, wherever a configuration sets them: how the process runs, and where it writes. */
const REPLACED: ReadonlySet<string> = new Set([
  ...["daemon", "master_process", "pid", "lock_file", "user", "error_log", "worker_shutdown_timeout"],
  ...[
    "access_log",
    "client_body_temp_path",
    "proxy_temp_path",
    "fastcgi_temp_path",
    "uwsgi_temp_path",
    "scgi_temp_path",
  ],
]);

/**
 * A user's own NGINX configuration, on our address and our backends: by its placeholders, or else its `listen` and the server addresses
 * of its upstreams (and of literal `proxy_pass`) become ours in their order. A file without `http` is taken as the inside of one.
 * Nothing else is changed, so what it gets wrong stays wrong. Throws BalancerError with file and line.
 */
export function renderOwnNginx(spec: BalancerSpec, own: OwnConfig): string {
  const placed = hasPlaceholders(own.text);
  const text = placed ? fillPlaceholders(own, spec, serverLines(spec)) : own.text;
  const parsed = parse(own.path, text);
  const main = parsed.some(({ name }) => name === "http") ? parsed : wrap(parsed);
  const kept = strip(main, own);
  const mapped = placed ? kept : mapServers(mapListen(kept, own, spec), own, spec);
  const has = (name: string): boolean => mapped.some((entry) => entry.name === name);
  const added = [
    ...processLines(),
    ...(has("worker_processes") ? [] : [`worker_processes ${spec.workers};`]),
    ...(has("worker_rlimit_nofile") ? [] : [`worker_rlimit_nofile ${descriptorsFor(spec.maxConnections)};`]),
    ...(has("events") ? [] : [`events { worker_connections ${descriptorsFor(spec.maxConnections)}; }`]),
  ];
  const inHttp = [...accessLogLines(spec.attempts), ...storageLines()].map(directive);
  const withHttp = mapped.map((entry) =>
    entry.name === "http" ? { ...entry, block: [...inHttp, ...(entry.block ?? [])] } : entry,
  );
  return printConfig([...added.map(directive), ...withHttp]);
}

function parse(path: string, text: string): readonly Directive[] {
  try {
    return parseConfig(text);
  } catch (error) {
    if (error instanceof ConfigSyntaxError)
      throw new BalancerError(`${path}:${error.line}: ${error.message}`, "");
    throw error;
  }
}

/** Directives that stand outside `http` when a file is a fragment of one. */
const MAIN_ONLY: ReadonlySet<string> = new Set([
  "events",
  "worker_processes",
  "worker_rlimit_nofile",
  "worker_cpu_affinity",
  "load_module",
  "env",
  "pcre_jit",
  "thread_pool",
  ...REPLACED,
]);

function wrap(directives: readonly Directive[]): readonly Directive[] {
  const outside = directives.filter(({ name }) => MAIN_ONLY.has(name));
  const inside = directives.filter(({ name }) => !MAIN_ONLY.has(name));
  return [...outside, { name: "http", args: [], block: inside, line: 1 }];
}

/** Without what is ours alone; what it includes is looked for beside the user's file, as NGINX would have. */
function strip(directives: readonly Directive[], own: OwnConfig): readonly Directive[] {
  return directives
    .filter(({ name }) => !REPLACED.has(name))
    .map((entry) => {
      if (entry.block !== null) return { ...entry, block: strip(entry.block, own) };
      const [file] = entry.args;
      if (entry.name !== "include" || file === undefined || isAbsolute(file.replace(/^["']/, "")))
        return entry;
      return { ...entry, args: [JSON.stringify(join(dirname(own.path), file.replace(/^["']|["']$/g, "")))] };
    });
}

function mapServers(
  directives: readonly Directive[],
  own: OwnConfig,
  spec: BalancerSpec,
): readonly Directive[] {
  const upstreams = new Set(find(directives, "upstream").map(({ args }) => args[0]));
  const inUpstreams = find(directives, "upstream").flatMap(({ block }) =>
    (block ?? []).filter(({ name }) => name === "server"),
  );
  const literal = find(directives, "proxy_pass").map(({ args }) => literalTarget(args[0], upstreams));
  const theirs = [...inUpstreams.map(({ args }) => args[0]), ...literal].filter(
    (address) => address !== undefined,
  );
  const ours = mapAddresses(own, theirs, spec);
  const replace = (entry: Directive, parent: string): Directive => {
    const block = entry.block?.map((child) => replace(child, entry.name)) ?? null;
    const [first = "", ...rest] = entry.args;
    if (entry.name === "server" && parent === "upstream")
      return { ...entry, block, args: [ours.get(first) ?? first, ...rest] };
    const target = entry.name === "proxy_pass" ? literalTarget(first, upstreams) : undefined;
    const address = target === undefined ? undefined : ours.get(target);
    if (target === undefined || address === undefined) return { ...entry, block };
    return { ...entry, block, args: [first.replace(target, address), ...rest] };
  };
  return directives.map((entry) => replace(entry, ""));
}

/** HOST:PORT of a `proxy_pass` that names no upstream and holds no variable. */
function literalTarget(
  url: string | undefined,
  upstreams: ReadonlySet<string | undefined>,
): string | undefined {
  const target = /^https?:\/\/([^/$]+)(?:\/|$)/.exec(url ?? "")?.[1];
  return target === undefined || upstreams.has(target) ? undefined : target;
}

function find(directives: readonly Directive[], name: string): readonly Directive[] {
  return directives.flatMap((entry) => [
    ...(entry.name === name ? [entry] : []),
    ...find(entry.block ?? [], name),
  ]);
}
