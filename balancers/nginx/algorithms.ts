import { ALGORITHM_FILE } from "../algorithm.ts";
import { OWN_ALGORITHM_REASON, type Support } from "../balancer.ts";
import { readChoicesName } from "../choices-name.ts";
import { OVERLAYS_ELSEWHERE, readComposedName } from "../composed-name.ts";
import { parseHashKey } from "../hash-key.ts";

interface Directive {
  /** Line of the upstream block, `{key}` for the variable that is hashed; null when it is what NGINX does without one. */
  readonly line: string | null;
  readonly directive: string;
  readonly note?: string;
}

const SMOOTH = "smooth weighted round robin, with every weight 1";

/** What each algorithm is in NGINX (ngx_http_upstream_module and its neighbours). */
const DIRECTIVES: Readonly<Record<string, Directive>> = {
  "round-robin": { line: null, directive: "(default)", note: SMOOTH },
  "weighted-round-robin": { line: null, directive: "(default) with server ... weight=N" },
  random: { line: "random;", directive: "random" },
  "least-connections": {
    line: "least_conn;",
    directive: "least_conn",
    note: "ties by weighted round robin, not at random",
  },
  "weighted-random": { line: "random;", directive: "random with server ... weight=N" },
  "weighted-least-connections": {
    line: "least_conn;",
    directive: "least_conn with server ... weight=N",
    note: "ties by weighted round robin, not at random",
  },
  "power-of-two-choices": { line: "random two least_conn;", directive: "random two least_conn" },
  "ip-hash": {
    line: "ip_hash;",
    directive: "ip_hash",
    note: "hashes the first three octets of an IPv4 address; clients in distinct /24s are told apart",
  },
  "consistent-hash": {
    line: "hash {key} consistent;",
    directive: "hash $remote_addr consistent",
    note: "ketama ring, 160 points per unit of weight",
  },
  "hash-modulo": { line: "hash {key};", directive: "hash $remote_addr" },
  "path-hash": { line: "hash $request_uri;", directive: "hash $request_uri" },
  "consistent-path-hash": {
    line: "hash $request_uri consistent;",
    directive: "hash $request_uri consistent",
    note: "ketama ring, 160 points per unit of weight",
  },
};

const TWO_ONLY = "random draws one server or two different ones, no other number";

const REASONS: Readonly<Record<string, string>> = {
  "earliest-deadline": "its weighted round robin is the smooth one (weighted-round-robin)",
  first: "backup servers take turns among themselves: there is no order among more than two",
  "shortest-expected-delay": "least_conn counts the requests in flight without the one to come",
  "never-queue": "least_conn prefers no idle server to another of the same ratio",
  "power-of-two-choices-with-replacement": "random two draws until the two are different",
  "power-of-three-choices": TWO_ONLY,
  "power-of-five-choices": TWO_ONLY,
  "join-idle-queue": "no directive: least_conn goes by the count when no server is idle",
  "bounded-load-hash": "its ring does not look at requests in flight",
  maglev: "hash is modulo or a ring",
  rendezvous: "hash is modulo or a ring",
  "sticky-cookie": "sticky came to open-source NGINX in 1.29.6; Debian 12 has 1.22",
  prequal: "nothing asks a backend for its requests in flight",
  "least-time": "least_time came to open-source NGINX in 1.31; Debian 12 has 1.22",
  "peak-ewma":
    "no directive: least_time averages latency, is not peak-sensitive, and came to open-source NGINX in 1.31",
};

function reasonOf(algorithm: string): string {
  if (readChoicesName(algorithm) !== null) return TWO_ONLY;
  return REASONS[algorithm] ?? "open-source NGINX has no directive for it";
}

export function nginxSupports(algorithm: string): Support {
  if (readComposedName(algorithm).overlays.length > 0)
    return { supported: false, reason: OVERLAYS_ELSEWHERE };
  if (ALGORITHM_FILE.test(algorithm)) return { supported: false, reason: OWN_ALGORITHM_REASON };
  const found = DIRECTIVES[algorithm];
  if (found === undefined) {
    return { supported: false, reason: reasonOf(algorithm) };
  }
  return {
    supported: true,
    directive: found.directive,
    ...(found.note === undefined ? {} : { note: found.note }),
  };
}

/** Line of the upstream block that chooses `algorithm`, or null for NGINX's default. */
export function nginxLine(algorithm: string, hashKey: string): string | null {
  const found = DIRECTIVES[algorithm];
  if (found === undefined) throw new Error(`NGINX has no ${algorithm}`);
  return found.line?.replace("{key}", () => variableOf(hashKey)) ?? null;
}

function variableOf(hashKey: string): string {
  const { kind, name } = parseHashKey(hashKey);
  if (kind === "client-address") return "$remote_addr";
  if (kind === "path") return "$request_uri";
  return kind === "header" ? `$http_${name.replaceAll("-", "_")}` : `$cookie_${name}`;
}
